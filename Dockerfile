# Troupe's image; with `--target cli` that of the commands for people alone. The stages `runtime` and `cli-runtime` are all of them
# but the program: deploy.sh --binary adds one that was compiled before.
#   BASE_IMAGE    Debian 12; config/scripts/debian-image makes one where no registry is reached
#   VERSION, REVISION, CREATED   for the labels
ARG BASE_IMAGE=debian:bookworm-slim

FROM ${BASE_IMAGE} AS runtime
COPY config/packages.list /tmp/packages/config/packages.list
COPY config/scripts/install-packages /tmp/packages/config/scripts/install-packages
# The packages' own nginx and its site are not used: the door's configuration is written by Troupe.
RUN /tmp/packages/config/scripts/install-packages image \
 && rm -rf /tmp/packages /var/lib/apt/lists/* /var/cache/apt/* /var/log/* /usr/share/doc /usr/share/man /usr/share/locale /etc/nginx/sites-* \
 && groupadd --gid 10100 troupe && useradd --uid 10100 --gid 10100 --no-create-home --home-dir /var/lib/troupe --shell /usr/sbin/nologin troupe \
 && install -d -o troupe -g troupe /run/engine /var/lib/troupe
ENV BIND_ADDRESS=0.0.0.0 STATE_DIR=/var/lib/troupe LOG_FORMAT=json TELEGRAM_ACCESS=invite
USER 10100:10100
WORKDIR /var/lib/troupe
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 CMD ["curl", "-fso", "/dev/null", "http://127.0.0.1:3000/health"]
ENTRYPOINT ["/usr/local/bin/troupe"]
CMD ["serve"]
ARG VERSION=0
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="Troupe" \
      org.opencontainers.image.description="A deployment engine for Docker Swarm" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"

FROM ${BASE_IMAGE} AS cli-runtime
COPY config/packages.list /tmp/packages/config/packages.list
COPY config/scripts/install-packages /tmp/packages/config/scripts/install-packages
RUN /tmp/packages/config/scripts/install-packages cli \
 && rm -rf /tmp/packages /var/lib/apt/lists/* /var/cache/apt/* /var/log/* /usr/share/doc /usr/share/man /usr/share/locale \
 && useradd --uid 10100 --user-group --create-home --shell /usr/sbin/nologin troupe
USER 10100:10100
WORKDIR /work
ENTRYPOINT ["/usr/local/bin/troupe"]
CMD ["--help"]
ARG VERSION=0
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="Troupe's command line" \
      org.opencontainers.image.description="Deploys to a Troupe from anywhere" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"

FROM ${BASE_IMAGE} AS cli-build
COPY config/packages.list /source/config/packages.list
COPY config/scripts/install-packages /source/config/scripts/install-packages
RUN /source/config/scripts/install-packages build
WORKDIR /source
COPY . .
RUN cmake --preset release && cmake --build --preset release --target troupe-cli && strip build/release/config/client/troupe-cli

FROM cli-runtime AS cli
COPY --from=cli-build /source/build/release/config/client/troupe-cli /usr/local/bin/troupe

FROM cli-build AS build
# CAF and Pistache files need up to 700 MB each.
ARG JOBS=2
RUN cmake --build --preset release -j "${JOBS}" && strip build/release/config/commands/troupe

FROM runtime
COPY --from=build /source/build/release/config/commands/troupe /usr/local/bin/troupe
