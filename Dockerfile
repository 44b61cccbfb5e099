# Debian, not Alpine: the DuckDB binding needs glibc. Pin a digest where you build for production.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /opt/costwright
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && chmod 755 dist/cli.js

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /opt/costwright
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data costwright \
    && install --directory --owner=10001 --group=10001 --mode=0750 /data \
    && ln -s /opt/costwright/dist/cli.js /usr/local/bin/costwright
COPY --from=dependencies /opt/costwright/node_modules /opt/costwright/node_modules
COPY --from=build /opt/costwright/dist /opt/costwright/dist
COPY package.json LICENSE README.md /opt/costwright/
COPY queries /opt/costwright/queries

# The default data folder is ./data, so that every command finds the volume without --data.
WORKDIR /
USER 10001:10001
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s --retries=3 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:8080/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["costwright"]
CMD ["serve", "--host", "0.0.0.0", "--data", "/data"]
