# Two images: `server` (HTTP, migrations, the command line; no torch) and `worker` (machine work).
#   docker build --target server -t tessera-server .
#   docker build --target worker -t tessera-worker .
FROM python:3.12-slim-bookworm AS server

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /app

COPY constraints.txt pyproject.toml README.md ./
COPY core core
COPY server server
COPY ml ml
COPY tessera tessera
COPY migrations migrations
# editable: templates, static files and migrations are read from the tree
RUN pip install -c constraints.txt -e '.[s3]'

RUN useradd --system --uid 10001 --home-dir /data tessera \
    && install -d -o tessera -g tessera -m 0700 /data
USER tessera
VOLUME /data
EXPOSE 8642

CMD ["python", "-m", "server", "--host", "0.0.0.0", "--port", "8642"]

FROM server AS worker

# Where torch comes from: the CPU build by default. PyPI has the CUDA build, which the GPU worker takes.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

USER root
RUN pip install -c constraints.txt --index-url "${TORCH_INDEX}" --extra-index-url https://pypi.org/simple torch==2.13.0
COPY worker worker
RUN pip install -c constraints.txt -e '.[worker,s3]'
USER tessera

CMD ["python", "-m", "celery", "-A", "worker.app", "worker", "--pool", "threads", "--queues", "train,light", "--concurrency", "1"]
