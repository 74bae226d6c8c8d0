"""The only door to video files: a sequential reader on PyAV.

One thread per file: parallel work is one file per process, and FFmpeg's thread pools do not survive
a fork. A frame's time is its presentation time, never its number divided by a rate.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from common.core.errors import InputError
from common.video.order import with_times
from common.video.picture import Picture, Scaler, turn_of

# Formats that hold their own pictures. Playlists and scripts (HLS, concat, SDP) are left out: a
# stranger's file could name other files of this machine or addresses on the network.
_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,ogg,flv,asf,gif,h264,hevc,av1,"
    "obu,ivf,m4v,mxf,nut,rm,dv,wtv"
)


class VideoReader:
    """A video, opened: iterate over it once to get its pictures in the order of presentation.

    `codec` is FFmpeg's name of the decoder, `headers` are the stream's parameter sets.

    After the last picture these tell of the whole file, before of what was read so far: `n_frames`;
    `duration`, last frame's time plus its own duration in seconds; `corrupt_frames`, decoded but
    flagged as damaged; `truncated`, the file ends before it says it does.
    """

    def __init__(self, path: Path, container: InputContainer, stream: VideoStream) -> None:
        self.path = path
        self.n_frames, self.corrupt_frames = 0, 0
        self.duration = 0.0
        self.truncated = False
        self.width, self.height = stream.codec_context.width, stream.codec_context.height
        self.codec, self.headers = stream.codec_context.name, stream.codec_context.extradata or b""
        self._container, self._stream = container, stream
        rate = stream.average_rate or stream.guessed_rate
        self._step = float(1 / rate) if rate else 0.04
        self._scaler: Scaler | None = None
        self._last_duration = self._step
        self._packets_end = 0.0

    def __iter__(self) -> Iterator[Picture]:
        """Pictures in the order of presentation.

        Raises:
            InputError: `video.undecodable` at a damaged frame with others behind it, or no frame at
                all; `video.truncated` where a cut file gives no frame.
        """
        index = 0
        for index, (frame, time) in enumerate(
            with_times(self._frames(), lambda frame: frame.time, self._step)
        ):
            if self._scaler is None:
                self._scaler = Scaler(turn_of(frame))
                self.width, self.height = self._scaler.size(frame)
            base = frame.time_base
            self._last_duration = float(frame.duration * base) if frame.duration else self._step
            self.duration = time + self._last_duration
            yield Picture(index, time, frame, self._scaler)
        if self.n_frames == 0:
            if self.truncated:
                raise InputError(
                    "video.truncated",
                    str(self.path),
                    "the file is cut before its first frame",
                    "Fetch the whole file again.",
                )
            raise _undecodable(self.path, 0, "it holds no frame")

    def _frames(self) -> Iterator[av.VideoFrame]:
        """Decoded frames; sets the counts and `truncated`."""
        failure: str | None = None
        cut = False
        # All streams are walked, also sound: the end of the file is the end of the longest one.
        for packet in self._container.demux():
            self._note_end(packet)
            # `packet.stream_index` of the empty packets at the end is 0 whatever their stream.
            if packet.stream.index != self._stream.index:
                continue
            if failure is not None and packet.size:
                raise _undecodable(self.path, self.n_frames, failure)
            cut = packet.is_corrupt if packet.size else cut
            try:
                frames = self._stream.decode(packet)
            except av.error.FFmpegError as error:
                # In the last packet it only means that the file was cut inside it.
                failure = error.strerror or type(error).__name__
                continue
            for frame in frames:
                self.n_frames += 1
                self.corrupt_frames += frame.is_corrupt
                yield frame
        self.truncated = cut or failure is not None or self._ends_early()

    def _note_end(self, packet: av.Packet) -> None:
        if packet.size and packet.pts is not None and packet.time_base is not None:
            end = float((packet.pts + (packet.duration or 0)) * packet.time_base)
            self._packets_end = max(self._packets_end, end)

    def _ends_early(self) -> bool:
        """Whether the container promises more than its packets hold, by more than two frames."""
        if not self._container.duration:
            return False
        start = (self._container.start_time or 0) / av.time_base
        promised = start + self._container.duration / av.time_base
        return promised - self._packets_end > max(0.1, 2 * self._step)


@contextmanager
def open_video(path: Path, *, motion: bool = False) -> Iterator[VideoReader]:
    """Open a video for one sequential pass; it is closed when the block ends.

    Args:
        path: video file.
        motion: the decoder hands out its motion vectors too: see `Picture.motion_vectors`.

    Example:
        with open_video(path) as video:
            for picture in video:
                use(picture.time, picture.rgb(Fit(80, 60)))

    Raises:
        InputError: `video.missing`, `video.empty` (zero bytes), `video.truncated` (an MP4 cut
            before its index), `video.undecodable` (no known video format), `video.no_video_stream`.
    """
    path = Path(path)
    _check_content(path)
    try:
        # `file:` keeps a name like `http:x.mp4` a name of a file.
        container = av.open(
            f"file:{path}", options={"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
        )
    except av.error.FFmpegError as error:
        raise _unopened(path, error) from error
    with container:
        stream = container.streams.best("video")
        if stream is None or stream.disposition & stream.disposition.attached_pic:
            raise InputError(
                "video.no_video_stream",
                str(path),
                "there is no video in it, only sound or pictures of a cover",
                "Remove the file from the list, or fetch the video again.",
            )
        stream.thread_type = "NONE"
        stream.codec_context.thread_count = 1
        if motion:
            stream.codec_context.options = {"flags2": "+export_mvs"}
        yield VideoReader(path, container, stream)


def _check_content(path: Path) -> None:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise InputError(
            "video.missing", str(path), f"cannot be read ({error.strerror})", "Check the path."
        ) from error
    if size == 0 and path.is_file():
        raise InputError("video.empty", str(path), "the file has no bytes", "Fetch it again.")


def _unopened(path: Path, error: av.error.FFmpegError) -> InputError:
    if _mp4_is_cut(path):
        return InputError(
            "video.truncated",
            str(path),
            "the file ends before its index (`moov`), so no frame can be decoded",
            "Fetch the whole file again.",
        )
    return _undecodable(path, 0, error.strerror or type(error).__name__)


def _mp4_is_cut(path: Path) -> bool:
    """Whether this is an MP4 or MOV whose last box runs past the end of the file."""
    size, position, first = path.stat().st_size, 0, True
    with path.open("rb") as stream:
        while position + 8 <= size:
            stream.seek(position)
            header = stream.read(16)
            length = int.from_bytes(header[:4], "big")
            if first and header[4:8] not in (b"ftyp", b"moov", b"mdat", b"wide", b"free"):
                return False
            first = False
            if length == 1 and len(header) == 16:
                length = int.from_bytes(header[8:], "big")
            if length < 8:
                return False
            position += length
    return position > size


def _undecodable(path: Path, frame: int, reason: str) -> InputError:
    return InputError(
        "video.undecodable",
        f"{path} frame {frame}",
        f"cannot be decoded ({reason[0].lower()}{reason[1:]})",
        "Fetch the file again, or encode it anew up to this frame.",
    )
