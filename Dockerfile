# synthvision with OpenGL on a GPU or in software, Ray and object storage. Build it from the top of the repository:
#     docker build -t synthvision .
#     docker run --rm -v "$PWD/datasets:/data" synthvision render quickstart --out /data/quickstart
#     docker run --rm --gpus all -v "$PWD/datasets:/data" synthvision doctor
ARG PYTHON=3.11
ARG DEBIAN=bookworm

FROM python:${PYTHON}-slim-${DEBIAN} AS build
# All nodes of a Ray cluster must run one version of Ray: deploy/rayjob.yaml names the same one.
ARG RAY=2.60.0
RUN python -m venv /opt/synthvision
COPY . /src
RUN /opt/synthvision/bin/pip install --no-cache-dir \
        "/src[physics,ray,remote,parquet,table]" "ray[default]==${RAY}" s3fs gcsfs \
    && /opt/synthvision/bin/python -m compileall -q /opt/synthvision/lib

FROM python:${PYTHON}-slim-${DEBIAN}
# libegl1 finds the driver, libgl1-mesa-dri draws where there is no GPU; KubeRay asks whether a node is well by wget.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libegl1 libgl1 libgl1-mesa-dri wget \
    && rm -rf /var/lib/apt/lists/* \
    # NVIDIA's container toolkit brings the driver's libraries, but not always the file by which libegl1 finds them.
    && mkdir -p /usr/share/glvnd/egl_vendor.d \
    && printf '{"file_format_version": "1.0.0", "ICD": {"library_path": "libEGL_nvidia.so.0"}}\n' \
        > /usr/share/glvnd/egl_vendor.d/10_nvidia.json \
    && useradd --create-home --uid 1000 synthvision \
    && mkdir /data && chown synthvision:synthvision /data
COPY --from=build /opt/synthvision /opt/synthvision
# graphics: OpenGL by EGL; compute: what EGL's device numbers are matched with; utility: nvidia-smi.
ENV PATH=/opt/synthvision/bin:$PATH \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=graphics,compute,utility \
    RAY_USAGE_STATS_ENABLED=0 \
    PYTHONUNBUFFERED=1
USER synthvision
WORKDIR /data
ENTRYPOINT ["synthvision"]
CMD ["--help"]
