"""Sizes in u that both the figure and the drawing of a thing must know."""

SEAT_HEIGHT, TABLE_HEIGHT, BOX_SIZE, BALL_RADIUS = 2.0, 2.7, 2.2, 0.6
WHEEL_X, WHEEL_Y, WHEEL_RADIUS = 2.25, 4.3, 1.55
DOOR_NEAR, DOOR_WIDTH, DOOR_HEIGHT = 1.25, 2.9, 7.9
PARTNER_X = 3.4
