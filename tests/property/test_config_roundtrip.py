"""Any job survives the way through YAML and JSON: to the same values, the same hash, the same file."""

import json

from hypothesis import given
from hypothesis import strategies as st

from synthvision.config.job import Job, load_job
from synthvision.core.hashing import canonical_json
from synthvision.core.yaml_file import dump_yaml, parse_yaml, plain_scalar

finite = st.floats(-1e6, 1e6, allow_nan=False)
shares = st.floats(0, 1)
positive = st.floats(1e-6, 1e6)
words = st.text(min_size=1, max_size=12)
names = st.text("abcdefghijklmnopqrstuvwxyz0123456789_-", min_size=1, max_size=8).filter(lambda name: name != "surface")
colours = st.one_of(
    st.sampled_from(["#c0392b", "#FFFFFF"]),
    st.tuples(shares, shares, shares).map(list),
    st.builds(lambda h, s, v: {"hsv": {"h": h, "s": s, "v": v}}, finite, shares, shares),
)


def ordered(numbers):
    return st.tuples(numbers, numbers).map(sorted)


def drawn(numbers):
    """A number or a distribution whose values stay in the range of `numbers`."""
    simple = st.one_of(
        numbers,
        st.builds(lambda pair: {"uniform": pair}, ordered(numbers)),
        st.builds(lambda values: {"choice": values}, st.lists(numbers, min_size=1, max_size=3)),
        st.builds(lambda a, b, pair: {"beta": {"a": a, "b": b, "low": pair[0], "high": pair[1]}}, positive, positive,
                  ordered(numbers)),
    )  # fmt: skip
    mixture = st.lists(st.builds(lambda w, v: {"weight": w, "value": v}, positive, simple), min_size=1, max_size=3)
    return st.one_of(simple, st.builds(lambda parts: {"mixture": parts}, mixture))


counts = st.one_of(
    st.integers(0, 50),
    st.builds(lambda pair: {"uniform_int": pair}, ordered(st.integers(0, 50))),
    st.builds(lambda m, n: {"poisson": {"mean": m, "max": n}}, st.floats(0.1, 5), st.integers(1, 50)),
)
picks = st.one_of(
    words,
    st.builds(lambda name: {"category": name}, words),
    st.lists(st.builds(lambda name, w: {"tag": name, "weight": w}, words, positive), min_size=1, max_size=3),
)
materials = st.fixed_dictionaries(
    {}, optional={"base_colour": colours, "roughness": drawn(shares), "uv_rotation_deg": drawn(finite), "pick": picks}
)
groups = st.fixed_dictionaries(
    {"pick": picks},
    optional={
        "count": counts,
        "role": st.sampled_from(["thing", "stuff", "distractor", "background"]),
        "scale": drawn(positive),
        "materials": st.dictionaries(words, materials, max_size=2),
        "placement": st.builds(
            lambda d, m: {"kind": "scatter", "min_distance_m": d, "margin_m": m}, positive, st.floats(0, 1)
        ),
    },
)
lights = st.builds(
    lambda kind, lux, elevation: {"kind": kind, "illuminance_lux": lux, "elevation_deg": elevation},
    st.sampled_from(["sun", "spot", "point"]),
    drawn(positive),
    drawn(st.floats(-90, 90)),
)
cameras = st.builds(
    lambda distance, fov, look: {"kind": "shell", "distance_m": distance, "fov_deg": fov, "look_at": look},
    drawn(positive),
    drawn(st.floats(1, 150)),
    st.one_of(st.sampled_from(["things", "thing"]), st.tuples(finite, finite, finite).map(list)),
)
scenes = st.fixed_dictionaries(
    {"objects": st.dictionaries(names, groups, min_size=1, max_size=3)},
    optional={
        "description": st.text(max_size=30),
        "lights": st.dictionaries(names, lights, max_size=2),
        "camera": cameras,
        "surface": st.builds(lambda pick, x, y: {"pick": pick, "size_m": [x, y]}, picks, positive, positive),
    },
)
classes = st.lists(
    st.builds(lambda name, value: {"name": name, "match": {"attributes": {"rank": value}}}, words, words),
    min_size=1,
    max_size=4,
    unique_by=lambda item: item["name"],
)
jobs = st.fixed_dictionaries(
    {"scene": scenes, "classes": classes},
    optional={
        "frames": st.integers(1, 10**8),
        "seed": st.integers(0, 2**63 - 1),
        "views_per_scene": st.integers(1, 100),
        "image": st.builds(lambda w, h: {"width": w, "height": h}, st.integers(16, 4096), st.integers(16, 4096)),
        "labels": st.builds(lambda share: {"min_visible_fraction": share, "otherwise": "drop"}, shares),
        "output": st.builds(lambda depth: {"depth": depth}, st.booleans()),
        "assets": st.builds(lambda packs: {"packs": packs, "roots": ["models"]}, st.lists(words, max_size=2)),
    },
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text("abc :#'\"\\-?0123456789.\n\té", min_size=1, max_size=6), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(jobs)
def test_a_job_survives_yaml_and_json(data):
    scene = data["scene"]
    if "camera" in scene:
        data = {**data, "scene": {**{k: v for k, v in scene.items() if k != "camera"}, "cameras": [scene["camera"]]}}
    job = Job.from_resolved(data)
    resolved = job.resolved()
    through_yaml = parse_yaml(dump_yaml(resolved), "job.yaml").data
    assert canonical_json(through_yaml) == canonical_json(resolved)
    for again in (through_yaml, json.loads(json.dumps(resolved))):
        read = Job.from_resolved(again)
        assert read == job
        assert read.job_hash == job.job_hash
        assert canonical_json(read.resolved()) == canonical_json(resolved)


@given(data=jobs)
def test_a_job_file_reads_as_the_data_it_was_written_from(data, tmp_path_factory):
    path = tmp_path_factory.mktemp("jobs") / "job.yaml"
    path.write_text(dump_yaml(data), encoding="utf-8")
    job = load_job(path)
    resolved = path.with_name("resolved.yaml")
    resolved.write_text(dump_yaml(job.resolved()), encoding="utf-8")
    assert load_job(resolved) == job


@given(anything)
def test_any_data_survives_yaml(data):
    assert canonical_json(parse_yaml(dump_yaml({"key": data}), "f.yaml").data) == canonical_json({"key": data})


@given(st.text(max_size=20))
def test_every_scalar_has_one_meaning(text):
    try:
        value = plain_scalar(text)
    except ValueError:
        return
    # What a scalar means is what its dump means.
    assert parse_yaml(dump_yaml([value]), "f.yaml").data == [value]
