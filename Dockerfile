# The bot: docker build .            The console: docker build --target console .
# The bot that can send traces: docker build --target tracing .
# No image holds a compiler, pip's cache or a secret; all run read-only as uid 10001.

FROM python:3.12-slim-bookworm AS builder
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /srv/yibao
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY requirements.lock ./
RUN pip install --quiet --require-hashes --requirement requirements.lock
# Editable, so that code and content lie together as in a checkout; one file of the package is
# enough for that, and a change of code does not install anything again.
COPY pyproject.toml README.md LICENSE ./
COPY app/__init__.py app/
RUN pip install --quiet --no-deps --no-build-isolation --editable .

FROM builder AS builder-console
COPY requirements-console.lock ./
RUN pip install --quiet --require-hashes --requirement requirements-console.lock

FROM builder AS builder-tracing
COPY requirements-tracing.lock ./
RUN pip install --quiet --require-hashes --requirement requirements-tracing.lock

# What no running process reads: the libraries' own tests, type stubs, the installers, and the parts
# of jieba and SciPy that we do not import. Learning the matchers below proves that nothing is amiss.
FROM builder AS pruned
WORKDIR /opt/venv/lib/python3.12/site-packages
RUN find . -type d \( -name tests -o -name test \) -prune -exec rm -rf {} + \
 && find . -type f \( -name '*.pyi' -o -name '*.pxd' -o -name '*.pyx' -o -name '*.h' \) -delete \
 && rm -rf jieba/lac_small jieba/posseg jieba/analyse scipy/stats scipy/signal scipy/io pip setuptools

FROM builder-console AS pruned-console
WORKDIR /opt/venv/lib/python3.12/site-packages
RUN find . -type d \( -name tests -o -name test \) -prune -exec rm -rf {} + \
 && find . -type f \( -name '*.pyi' -o -name '*.pxd' -o -name '*.pyx' -o -name '*.h' \) -delete \
 && rm -rf jieba/lac_small jieba/posseg jieba/analyse scipy/stats scipy/signal scipy/io pip setuptools

FROM builder-tracing AS pruned-tracing
WORKDIR /opt/venv/lib/python3.12/site-packages
RUN find . -type d \( -name tests -o -name test \) -prune -exec rm -rf {} + \
 && find . -type f \( -name '*.pyi' -o -name '*.pxd' -o -name '*.pyx' -o -name '*.h' \) -delete \
 && rm -rf jieba/lac_small jieba/posseg jieba/analyse scipy/stats scipy/signal scipy/io pip setuptools

FROM pruned AS project
WORKDIR /srv/yibao
COPY app app
COPY intents intents
COPY knowledge knowledge
# Bytecode checked by content: the same source gives the same bytes, whenever it is built.
RUN python -m compileall -q --invalidation-mode unchecked-hash app && YIBAO_VAR_DIR=var yibao prepare

FROM python:3.12-slim-bookworm AS base
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin yibao \
 && install --directory --owner yibao --group yibao --mode 0750 /var/lib/yibao
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    YIBAO_ENV=production \
    YIBAO_HOST=0.0.0.0 \
    YIBAO_VAR_DIR=/var/lib/yibao
ARG REVISION=unknown
LABEL org.opencontainers.image.title="yibao" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.description="医保小助手：公众号后面的学生医保问答机器人" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /srv/yibao
VOLUME /var/lib/yibao
USER 10001

FROM base AS console
COPY --from=pruned-console /opt/venv /opt/venv
COPY --from=project /srv/yibao /srv/yibao
EXPOSE 8001
HEALTHCHECK --interval=15s --timeout=3s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('YIBAO_PORT', '8001') + '/healthz', timeout=2).read()"]
CMD ["yibao", "console"]

FROM base AS bot
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('YIBAO_PORT', '8000') + '/healthz', timeout=2).read()"]
CMD ["yibao", "serve"]

FROM bot AS tracing
COPY --from=pruned-tracing /opt/venv /opt/venv
COPY --from=project /srv/yibao /srv/yibao

FROM bot AS app
COPY --from=pruned /opt/venv /opt/venv
COPY --from=project /srv/yibao /srv/yibao
