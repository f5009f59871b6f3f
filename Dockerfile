# syntax=docker/dockerfile:1
# Tieline in a container: no shell, no root, and a file system that may be read-only.
#
#   docker build -t tieline .
#   docker run --rm -p 4010:4010 tieline                          the example world, in memory
#   docker run --env-file tieline.env -p 4010:4010 tieline serve --production --host 0.0.0.0

FROM node:24-trixie-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm pack --pack-destination /tmp
WORKDIR /app
# sharp redraws the logos that are uploaded.
RUN npm init -y >/dev/null \
 && npm install --omit=dev --no-audit --no-fund /tmp/tieline-*.tgz sharp@0.35.5 \
 && mkdir /data && chown 65532:65532 /data

FROM gcr.io/distroless/nodejs24-debian13:nonroot
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
# A folder for SQLite, to mount a volume on. With DATABASE_URL it stays empty.
COPY --from=build --chown=65532:65532 /data /data
ENV NODE_ENV=production NODE_COMPILE_CACHE=/tmp/node-compile-cache
USER 65532:65532
EXPOSE 4010
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["/nodejs/bin/node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? 4010}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/nodejs/bin/node", "/app/node_modules/tieline/bin/tieline.js"]
CMD ["serve", "--host", "0.0.0.0", "--data", ":memory:"]
