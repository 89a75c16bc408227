# Small, non-root, no compiler in the final image.
FROM python:3.11-slim AS build
WORKDIR /app
COPY pyproject.toml requirements.lock README.md ./
# Only the runtime part of the lock; setuptools builds our own package and goes again.
RUN python -m venv /venv \
 && sed '/^# ---- development/,$d' requirements.lock > runtime.lock && awk '/^[^ ]/ {p = /^setuptools==/} p' requirements.lock > build.lock \
 && /venv/bin/pip install --no-cache-dir --require-hashes --requirement runtime.lock \
 && /venv/bin/pip install --no-cache-dir --require-hashes --requirement build.lock
COPY app.py ./
COPY bot ./bot
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation . && /venv/bin/pip uninstall --yes setuptools pip

FROM python:3.11-slim
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PYTHAINLP_OFFLINE=1 PYTHAINLP_READ_ONLY=1 OMP_NUM_THREADS=1 \
    RUSITTHI_HOME=/app HOST=0.0.0.0 PORT=8000 PATH=/venv/bin:$PATH
RUN useradd --create-home --uid 10001 rusitthi && mkdir -p /app/var && chown rusitthi /app/var
WORKDIR /app
COPY --from=build /venv /venv
COPY app.py ./
COPY bot ./bot
COPY rules ./rules
COPY knowledge ./knowledge
USER rusitthi
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["rusitthi", "serve"]
