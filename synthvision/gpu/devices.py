"""The GPUs of this machine, as EGL counts them: processes are spread over them."""

from __future__ import annotations

import ctypes
import os
from typing import Any

from synthvision.gpu.context import EGL_LIBRARY

__all__ = ["hardware_devices"]

_EXTENSIONS = 0x3055  # EGL_EXTENSIONS
_CUDA_DEVICE_NV = 0x323A  # EGL_NV_device_cuda
_MOST = 64


def hardware_devices() -> tuple[int, ...]:
    """Return the EGL indices of the hardware devices that this process may use; empty where EGL cannot tell.

    Of NVIDIA's devices those that ``CUDA_VISIBLE_DEVICES`` leaves out are left out here too, where it lists numbers.
    See https://registry.khronos.org/EGL/extensions/EXT/EGL_EXT_device_enumeration.txt and
    https://registry.khronos.org/EGL/extensions/MESA/EGL_MESA_device_software.txt.
    """
    try:
        egl = ctypes.CDLL(EGL_LIBRARY)
    except OSError:
        return ()
    whole, pointer = ctypes.c_int, ctypes.c_void_p
    query = _function(egl, b"eglQueryDevicesEXT", ctypes.c_uint, whole, pointer, pointer)
    describe = _function(egl, b"eglQueryDeviceStringEXT", ctypes.c_char_p, pointer, whole)
    attribute = _function(egl, b"eglQueryDeviceAttribEXT", ctypes.c_uint, pointer, whole, pointer)
    if query is None or describe is None:
        return ()
    devices = (ctypes.c_void_p * _MOST)()
    count = ctypes.c_int(0)
    if not query(_MOST, devices, ctypes.byref(count)):
        return ()
    visible = _visible_cuda_devices()
    found = []
    for index in range(count.value):
        extensions = (describe(devices[index], _EXTENSIONS) or b"").split()
        if b"EGL_MESA_device_software" in extensions:
            continue
        if visible is not None and attribute is not None and b"EGL_NV_device_cuda" in extensions:
            number = ctypes.c_ssize_t(-1)
            attribute(devices[index], _CUDA_DEVICE_NV, ctypes.byref(number))
            if number.value not in visible:
                continue
        found.append(index)
    return tuple(found)


def _function(egl: ctypes.CDLL, name: bytes, result: Any, *arguments: Any) -> Any:
    egl.eglGetProcAddress.restype = ctypes.c_void_p
    egl.eglGetProcAddress.argtypes = [ctypes.c_char_p]
    address = egl.eglGetProcAddress(name)
    return ctypes.CFUNCTYPE(result, *arguments)(address) if address else None


def _visible_cuda_devices() -> set[int] | None:
    listed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if listed is None:
        return None
    numbers = [text.strip() for text in listed.split(",") if text.strip()]
    return {int(text) for text in numbers} if all(text.isdigit() for text in numbers) else None
