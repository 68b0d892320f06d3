"""The scene: frozen, ids and names unique, matrices that agree with each other."""

from __future__ import annotations

import dataclasses
import inspect

import numpy as np
import pytest

import synthvision.scene
from synthvision.core.errors import UsageError
from synthvision.geometry.poses import look_at, transform_points
from synthvision.geometry.projection import project_points
from synthvision.scene import AssetRef, Camera, Scene, SceneObject

CAMERA = Camera(
    size_wh=(640, 480),
    focal_xy_px=(500.0, 510.0),
    centre_xy_px=(320.0, 240.0),
    position_m=(1.0, -3.0, 2.0),
    rotation_wxyz=tuple(look_at((1.0, -3.0, 2.0), (0.2, 0.1, 0.3), 0.4).tolist()),
)


def item(instance_id: int, name: str | None = None) -> SceneObject:
    return SceneObject(instance_id=instance_id, name=name or f"things/{instance_id}", asset=AssetRef("builtin", "ball"))


def test_every_class_is_frozen_with_slots_and_takes_keywords_only():
    classes = [kind for kind in vars(synthvision.scene).values() if dataclasses.is_dataclass(kind)]
    assert len(classes) == 24
    for kind in classes:
        assert kind.__dataclass_params__.frozen, kind
        assert hasattr(kind, "__slots__"), kind
        if kind is not AssetRef:
            assert all(p.kind is p.KEYWORD_ONLY for p in inspect.signature(kind).parameters.values()), kind
    with pytest.raises(dataclasses.FrozenInstanceError):
        CAMERA.near_m = 1.0


@pytest.mark.parametrize("instance_id", [0, -1, 65_536])
def test_ids_that_do_not_fit_the_id_image_are_refused(instance_id):
    with pytest.raises(UsageError, match=f"^instance_id must be 1 to 65535, got {instance_id}$"):
        Scene(camera=CAMERA, objects=(item(instance_id),))
    Scene(camera=CAMERA, objects=(item(1), item(65_535)))


def test_two_objects_may_share_neither_id_nor_name():
    with pytest.raises(UsageError, match=r"^instance ids must be unique in a scene, got \[1, 2, 2\]$"):
        Scene(camera=CAMERA, objects=(item(2, "a"), item(1, "b"), item(2, "c")))
    with pytest.raises(UsageError, match=r"^object names must be unique in a scene, got \['a', 'a'\]$"):
        Scene(camera=CAMERA, objects=(item(1, "a"), item(2, "a")))


def test_the_two_camera_matrices_are_inverse_to_each_other():
    np.testing.assert_allclose(CAMERA.world_from_camera @ CAMERA.camera_from_world, np.eye(4), atol=1e-14)


def test_a_known_point_of_the_world_falls_on_the_principal_point():
    in_camera = transform_points(CAMERA.camera_from_world, [(0.2, 0.1, 0.3)])
    np.testing.assert_allclose(project_points(CAMERA.k_33, in_camera), [(320, 240)], atol=1e-9)
    np.testing.assert_allclose(transform_points(CAMERA.world_from_camera, [(0, 0, 0)]), [CAMERA.position_m])


def test_an_object_is_scaled_then_turned_then_moved():
    thing = dataclasses.replace(
        item(1), position_m=(0.0, 0.0, 5.0), rotation_wxyz=(np.sqrt(0.5), 0.0, 0.0, np.sqrt(0.5)), scale=(2.0, 1.0, 1.0)
    )
    np.testing.assert_allclose(transform_points(thing.world_from_model, [(1, 0, 0)]), [(0, 2, 5)], atol=1e-15)


def test_the_key_of_an_asset_tells_its_parameters_apart_and_not_their_order():
    plain = AssetRef("builtin", "bottle")
    assert plain.key == "builtin/bottle"
    one = AssetRef("builtin", "bottle", {"height_m": 0.2, "label": "a"})
    same = AssetRef("builtin", "bottle", {"label": "a", "height_m": 0.2})
    other = AssetRef("builtin", "bottle", {"label": "a", "height_m": np.nextafter(0.2, 1).item()})
    assert one.key == same.key
    assert one.key.startswith("builtin/bottle#")
    assert len({plain.key, one.key, other.key}) == 3
