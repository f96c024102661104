# zkvm in a container: verify, prove, serve, work. The image is built from this checkout; the last stage has the packed package and what `serve` needs, no
# sources and no compiler, and runs as a user without rights.
#   docker build -t zkvm .
#   docker run --rm --init -v "$PWD:/work" zkvm verify proof.bin --model model.zkb
#   docker run --init -p 8080:8080 -e ZKVM_API_KEY=... -v zkvm-data:/data zkvm serve

FROM node:22-slim AS build
WORKDIR /source
COPY package.json package-lock.json ./
# not `npm ci`: see .ci/run; scripts would build before the sources are there
RUN npm install --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json index.ts compile.ts README.md CHANGELOG.md SECURITY.md LICENSE ./
COPY fri fri
COPY air air
COPY gpu gpu
COPY vm vm
COPY compiler compiler
COPY contracts contracts
COPY cli cli
COPY bench bench
COPY web web
# the page brings them along
COPY test/models test/models
COPY docs docs
RUN npm run build && mkdir /packed && npm pack --ignore-scripts --pack-destination /packed

FROM node:22-slim AS install
WORKDIR /app
COPY --from=build /packed /packed
RUN npm install --no-audit --no-fund --omit=dev /packed/zkvm-*.tgz hono@4 @hono/node-server@2 node-sqlite3-wasm@0.8 \
  bullmq@6 ioredis@6 @aws-sdk/client-s3@3

FROM node:22-slim
COPY --from=install /app /app
ENV PATH=/app/node_modules/.bin:$PATH NODE_ENV=production ZKVM_HOST=0.0.0.0 ZKVM_PORT=8080 ZKVM_DATA=/data
RUN mkdir /data /work && chown node:node /data /work
USER node
WORKDIR /work
VOLUME /data
EXPOSE 8080
# says something of `serve` only; the other commands end by themselves
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.ZKVM_PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["zkvm"]
CMD ["--help"]
