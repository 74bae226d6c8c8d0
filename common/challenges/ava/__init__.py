"""AVA v2.2 and AVA-Kinetics: atomic actions of people at key frames."""
