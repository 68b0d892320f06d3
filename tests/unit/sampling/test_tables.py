"""Measured values and tables: what goes together stays together, levels choose rows, weights undo what is boosted."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from synthvision.core.errors import UsageError
from synthvision.core.streams import rng_for
from synthvision.sampling.config import SceneSpec
from synthvision.sampling.factors.plan import PlanRow
from synthvision.sampling.samples import Samples
from synthvision.scene import scene_to_json

PLACE = {"kind": "on_surface", "region": {"radius_m": 0.5}}
ROWS = {"n": [1, 2, 3, 4], "d": [1.0, 1.5, 2.0, 2.5]}
BOXES = {"boxes": {"pick": "ball", "count": {"from": "pictures.n"}, "placement": PLACE}}
CAMERA = {"camera": {"kind": "shell", "distance_m": {"from": "pictures.d"}}}


def scenes(sampler, count=60):
    return [sampler.sample(frame) for frame in range(count)]


def counted(scene):
    return len(scene.objects) - 1


class TestSamples:
    @pytest.mark.parametrize("weights", [None, (2.0, 2.0, 2.0)])
    def test_between_the_values_straight(self, weights):
        value = Samples(samples=(3.0, 0.0, 1.0), weights=weights)
        drawn = np.array([value.draw(rng_for(0, k, "x")) for k in range(4_000)])
        assert value.bounds() == (0.0, 3.0)
        assert drawn.min() >= 0.0
        assert drawn.max() <= 3.0
        # Half of what comes lies between the first two values, half between the last two, evenly.
        assert abs((drawn < 1.0).mean() - 0.5) < 0.03
        assert abs((drawn < 2.0).mean() - 0.75) < 0.03

    def test_weights_say_where_values_are_dense(self):
        value = Samples(samples=(0.0, 1.0, 2.0), weights=(1.0, 8.0, 1.0))
        drawn = np.array([value.draw(rng_for(0, k, "x")) for k in range(4_000)])
        assert abs(np.median(drawn) - 1.0) < 0.05
        value = Samples(samples=(0.0, 1.0, 2.0), weights=(1.0, 1.0, 0.0))
        assert value.bounds() == (0.0, 1.0)

    def test_a_single_value(self):
        assert Samples(samples=(2.5,)).draw(rng_for(0, 0, "x")) == 2.5

    def test_quantiles_give_the_distribution_back(self):
        seen = rng_for(1, 0, "seen").gamma(3.0, 2.0, 20_000)
        value = Samples(samples=tuple(np.quantile(seen, np.linspace(0, 1, 65)).tolist()))
        drawn = np.array([value.draw(rng_for(0, k, "x")) for k in range(5_000)])
        for share in (0.1, 0.5, 0.9):
            assert np.quantile(drawn, share) == pytest.approx(np.quantile(seen, share), rel=0.06)

    def test_in_a_scene_file(self, fake):
        spec = {"boxes": {"pick": "ball", "scale": {"samples": [0.5, 1.0, 2.0]}, "placement": PLACE}}
        values = [scene.objects[1].scale[0] for scene in scenes(fake.sampler(spec))]
        assert min(values) >= 0.5
        assert len(set(values)) == 60
        with pytest.raises(ValidationError, match=r"must be above 0, but this distribution gives -1\.\.2"):
            fake.spec({"boxes": {"pick": "ball", "scale": {"samples": [-1.0, 2.0]}}})


class TestTables:
    def test_keys_of_one_table_take_the_same_row(self, fake):
        made = scenes(fake.sampler(BOXES, tables={"pictures": ROWS}, **CAMERA))
        pairs = {(scene.factors["objects.boxes.count"], scene.factors["camera.distance_m"]) for scene in made}
        assert pairs == set(zip(ROWS["n"], ROWS["d"], strict=True))
        assert all(counted(scene) == scene.factors["tables.pictures.n"] for scene in made)
        assert all(scene.factors["tables.pictures.d"] == scene.factors["camera.distance_m"] for scene in made)

    def test_rows_come_by_weight(self, fake):
        table = {"columns": ROWS, "weights": [0, 3, 1, 0]}
        made = scenes(fake.sampler(BOXES, tables={"pictures": table}, **CAMERA), 200)
        shown = [counted(scene) for scene in made]
        assert set(shown) == {2, 3}
        assert abs(shown.count(2) / 200 - 0.75) < 0.1

    def test_views_share_the_row_and_frames_are_alone(self, fake):
        sampler = fake.sampler(BOXES, views=3, tables={"pictures": ROWS}, **CAMERA)
        made = scenes(sampler, 12)
        for first in range(0, 12, 3):
            assert len({scene.factors["camera.distance_m"] for scene in made[first : first + 3]}) == 1
        alone = fake.sampler(BOXES, views=3, tables={"pictures": ROWS}, **CAMERA).sample(7)
        assert scene_to_json(alone) == scene_to_json(made[7])

    def test_another_table_moves_no_other_value(self, fake):
        group = {"boxes": {"pick": "box", "count": 3, "scale": {"uniform": [0.5, 1.5]}, "placement": PLACE}}
        plain = fake.sampler(group).sample(4)
        more = fake.sampler(
            group, tables={"pictures": ROWS}, camera={"kind": "shell", "distance_m": {"from": "pictures.d"}}
        )
        assert [item.scale for item in more.sample(4).objects] == [item.scale for item in plain.objects]

    def test_a_row_for_each_object(self, fake):
        table = {"per": "object", "columns": {"scale": [0.5, 1.0, 2.0], "yaw": [10.0, 20.0, 30.0]}}
        group = {"boxes": {"pick": "ball", "count": 4, "scale": {"from": "looks.scale"},
                           "placement": {**PLACE, "yaw_deg": {"from": "looks.yaw"}}}}  # fmt: skip
        made = scenes(fake.sampler(group, tables={"looks": table}), 20)
        yaw_of = {0.5: 10.0, 1.0: 20.0, 2.0: 30.0}
        different = 0
        for scene in made:
            scales = [item.scale[0] for item in scene.objects[1:]]
            different += len(set(scales)) > 1
            for index, scale in enumerate(scales):
                assert scene.factors[_yaw(scene, index)] == yaw_of[scale]
        assert different > 10

    def test_words(self, fake):
        table = {"columns": {"finish": ["matt", "glossy"], "n": [1, 2]}}
        lights = {"sun": {"kind": "sun", "illuminance_lux": {"from": "t.lux"}}}
        with pytest.raises(ValidationError, match=r"must come from a column of numbers, but t\.lux holds 'bright'"):
            fake.spec(BOXES | {"boxes": {"pick": "ball"}}, lights=lights, tables={"t": {"lux": ["bright"]}})
        spec = {"boxes": {"pick": "box", "params": {"finish": {"from": "t.finish"}}}}
        with pytest.raises(ValidationError, match="parameters are drawn once for each variant"):
            fake.spec(spec, tables={"t": table})

    def test_pins_replace_a_column_or_a_key(self, fake):
        sampler = fake.sampler(BOXES, tables={"pictures": ROWS}, **CAMERA)
        pinned = sampler.sample(3, pins={"tables.pictures.n": 2, "camera.distance_m": 1.75})
        assert counted(pinned) == 2
        assert pinned.factors["camera.distance_m"] == 1.75
        with pytest.raises(UsageError, match=r"did you mean 'tables\.pictures\.n'"):
            sampler.sample(0, pins={"tables.pictures.nn": 2})

    def test_levels_choose_among_the_rows(self, fake):
        factors = {
            "crowd": {"of": "objects.boxes.count", "levels": {"few": [1, 2], "many": [3, 4]}},
            "far": {"of": "tables.pictures.d", "levels": {"near": [0, 1.2], "far": [1.3, 9]}},
        }
        sampler = fake.sampler(BOXES, tables={"pictures": ROWS}, factors=factors, **CAMERA)
        for frame in range(20):
            scene = sampler.sample(frame, row=PlanRow(levels={"crowd": "few", "far": "far"}))
            assert counted(scene) == 2
            assert scene.factors["camera.distance_m"] == 1.5
        with pytest.raises(UsageError, match=r"no row of the table pictures has it"):
            sampler.sample(0, row=PlanRow(levels={"crowd": "many", "far": "near"}))

    def test_boosts_are_undone_by_weights(self, fake):
        factors = {
            "crowd": {"of": "objects.boxes.count", "levels": {"few": [1, 3], "many": [4, 4]}, "boost": {"many": 6}}
        }
        made = scenes(fake.sampler(BOXES, tables={"pictures": ROWS}, factors=factors, **CAMERA), 600)
        counts = np.array([counted(scene) for scene in made])
        weights = np.array([scene.weight for scene in made])
        assert abs((counts == 4).mean() - 6 / 9) < 0.06
        assert abs(np.average(counts, weights=weights) - 2.5) < 0.12
        assert abs(counts.mean() - 2.5) > 0.5

    def test_importance_of_rows_is_the_weight_of_pictures(self, fake):
        table = {"columns": ROWS, "importance": [1.0, 2.0, 3.0, 4.0]}
        for scene in scenes(fake.sampler(BOXES, tables={"pictures": table}, **CAMERA), 12):
            assert scene.weight == counted(scene)

    @pytest.mark.parametrize(
        ("tables", "reference", "message"),
        [
            ({"pictures": ROWS}, "pictures.dd", r"got 'pictures\.dd'; did you mean pictures\.d\?"),
            ({"pictures": ROWS}, "other", r"there are: pictures\.n, pictures\.d"),
            ({}, "pictures.d", r"there are: none"),
            ({"pictures": {"d": [1.0, -2.0]}}, "pictures.d", r"must be above 0, but this distribution gives -2\.\.1"),
            ({"pictures": {"per": "object", "columns": ROWS}}, "pictures.d", r"this key is drawn once for each scene"),
            ({"pictures": {"n": [1], "d": [1.0, 2.0]}}, "pictures.d", r"the same number of rows.*got n 1, d 2"),
            ({"pictures": {"columns": ROWS, "weights": [1]}}, "pictures.d", r"one weight per entry"),
            ({"pictures": {"columns": ROWS, "importance": [1, 2, 3, 0]}}, "pictures.d", r"one number above 0 for each"),
            ({"pictures": {"2nd": [1]}}, "pictures.2nd", r"a column's name must be letters"),
        ],
    )
    def test_what_is_wrong_is_said(self, fake, tables, reference, message):
        camera = {"kind": "shell", "distance_m": {"from": reference}}
        with pytest.raises(ValidationError, match=message):
            fake.spec({"boxes": {"pick": "ball"}}, tables=tables, camera=camera)

    def test_counts_must_be_whole(self, fake):
        with pytest.raises(
            ValidationError, match=r"must come from a column of whole numbers, but pictures\.d holds 1\.0"
        ):
            fake.spec({"boxes": {"pick": "ball", "count": {"from": "pictures.d"}}}, tables={"pictures": ROWS})

    def test_written_out_and_read_again(self, fake):
        spec = fake.spec(BOXES, tables={"pictures": ROWS}, **CAMERA)
        data = spec.model_dump(mode="json")
        assert data["objects"]["boxes"]["count"] == {"from": "pictures.n"}
        assert SceneSpec.model_validate(data) == spec


def _yaw(scene, index):
    return next(key for key in scene.factors if key.startswith(f"objects.boxes.{index}.") and "yaw" in key)
