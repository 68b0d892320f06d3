"""The context: opening, errors that name what to do, shader errors that name file and line, reading back."""

from __future__ import annotations

import subprocess
import sys

import moderngl
import numpy as np
import pytest

from synthvision.core.errors import GpuUnavailableError, RenderError
from synthvision.gpu import doctor
from synthvision.gpu.block_means import block_means_of_texture
from synthvision.gpu.context import INSTALL_MESA, open_context
from synthvision.gpu.shaders import assemble_source


@pytest.fixture(scope="module")
def context():
    context = open_context()
    yield context
    context.close()
    context.close()  # closing twice is harmless


def test_no_context_names_each_way_and_how_to_install_mesa(monkeypatch):
    def refuse(**options):
        raise Exception(f"no {options.get('libgl', 'libGL.so')} here")

    monkeypatch.setattr(moderngl, "create_context", refuse)
    with pytest.raises(GpuUnavailableError) as caught:
        open_context()
    message = str(caught.value)
    assert "no libEGL.so.1 here" in message
    assert "no libGL.so here" in message
    assert INSTALL_MESA in message


def test_a_device_that_does_not_exist_is_refused():
    with pytest.raises(GpuUnavailableError, match="device 999"):
        open_context(999)


def test_an_error_is_not_seen_twice_and_names_the_stage(context):
    context.check_errors("nothing")
    context.gl.enable_direct(0xDEAD)
    with pytest.raises(RenderError, match=r"GL_INVALID_ENUM in the test"):
        context.check_errors("the test")
    context.check_errors("nothing")


def test_a_shader_error_names_the_file_and_the_line(context, tmp_path, monkeypatch):
    package = tmp_path / "glslfaults"
    (package / "shaders").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "shaders" / "good.glsl").write_text("float half_of(float x) {\n    return 0.5 * x;\n}\n")
    (package / "shaders" / "bad.frag.glsl").write_text(
        '#include "good.glsl"\nout vec4 colour;\nvoid main() {\n    colour = vec4(half_of(1.0)) + nothing;\n}\n'
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RenderError, match=r"bad\.frag\.glsl:4"):
        context.full_screen_program("glslfaults", "bad.frag.glsl")
    with pytest.raises(RenderError, match=r"missing\.glsl.*missing"):
        context.full_screen_program("glslfaults", "missing.glsl")
    source, names = assemble_source("glslfaults", "bad.frag.glsl", {"B": 2, "A": 1})
    assert names == ["bad.frag.glsl", "good.glsl"]
    assert source.index("#define A 1") < source.index("#define B 2")


def test_reading_back_gives_the_top_row_first(context):
    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    texture = context.gl.texture((4, 3), 1, values, dtype="f4")
    target = context.gl.framebuffer([texture])
    assert (context.read(target, components=1, dtype=np.float32) == values[::-1]).all()
    context.release_framebuffer(target)
    texture.release()


def test_block_means_agree_and_a_nan_spoils_its_block_alone(context):
    height, width = 21, 37
    y, x = np.mgrid[:height, :width]
    picture = np.stack([x * 1.0, y * 2.0, x * y * 0.1, x * 0.0 + 1], axis=-1).astype(np.float32)
    texture = context.gl.texture((width, height), 4, np.ascontiguousarray(picture[::-1]), dtype="f4")
    drawn = block_means_of_texture(context, texture).rgb_hwc
    # Blocks of 8 pixels start at the bottom left: the top row of blocks is 5 pixels high, the last column 5 wide.
    rows, columns = ((0, 5), (5, 13), (13, 21)), ((0, 8), (8, 16), (16, 24), (24, 32), (32, 37))
    expected = [[picture[top:foot, left:end, :3].mean(axis=(0, 1)) for left, end in columns] for top, foot in rows]
    np.testing.assert_allclose(drawn, expected, rtol=1e-5, atol=1e-6)
    picture[2, 30, 1] = np.nan
    texture.write(np.ascontiguousarray(picture[::-1]))
    wrong = ~np.isfinite(block_means_of_texture(context, texture).rgb_hwc).all(axis=2)
    assert np.argwhere(wrong).tolist() == [[0, 3]]
    texture.release()
    context.check_errors("the test")


def test_doctor_finds_a_working_machine_working():
    diagnosis = doctor.diagnose()
    assert diagnosis.ok, str(diagnosis)
    assert [finding.name for finding in diagnosis.findings][:2] == ["EGL library", "OpenGL context"]
    assert "2016 are right" in str(diagnosis)


def test_doctor_says_what_to_type_where_the_library_is_missing(monkeypatch):
    def missing(name):
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(doctor.ctypes, "CDLL", missing)
    diagnosis = doctor.diagnose()
    assert not diagnosis.ok
    assert INSTALL_MESA in str(diagnosis)


def test_doctor_says_what_to_type_where_no_context_opens(monkeypatch):
    def refuse(**options):
        raise Exception("nothing here")

    monkeypatch.setattr(moderngl, "create_context", refuse)
    diagnosis = doctor.diagnose()
    assert not diagnosis.ok
    assert diagnosis.findings[-1].remedy == INSTALL_MESA


def test_looking_for_the_doctor_opens_no_driver():
    code = "import sys, synthvision.gpu.doctor; sys.exit('moderngl' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
