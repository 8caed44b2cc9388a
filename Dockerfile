# The worker of cc-ci, with what it calls: docker client, renderer, git, Chromium.
FROM golang:1.26.0-bookworm AS renderer
WORKDIR /src
COPY setup/go/stack-render/ ./
RUN CGO_ENABLED=0 go build -mod=readonly -trimpath -ldflags='-s -w' -o /stack-render .

FROM docker:28.2.2-cli AS docker

FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:24.21.0-bookworm-slim
# util-linux and openssl are part of the base; the specs' sandbox, the certificates and the checkouts need the others.
RUN apt-get update \
  && apt-get install -y --no-install-recommends \
    ca-certificates chromium chromium-sandbox fonts-liberation git libnss3-tools \
  && rm -rf /var/lib/apt/lists/*
COPY --from=docker /usr/local/bin/docker /usr/local/bin/docker
COPY --from=renderer /stack-render /usr/local/bin/stack-render
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json tsconfig.json ./
COPY bin bin
COPY codec codec
COPY domain domain
COPY workflows workflows
COPY activities activities
COPY client client
COPY worker worker
COPY recipes recipes
RUN ln -s /app/bin/cc-ci /usr/local/bin/cc-ci
# Root: the daemon's socket is root's, and each spec is put into namespaces of its own, where it runs as an account
# without any right (CCI_SPEC_UID).
USER root
ENTRYPOINT ["cc-ci"]
CMD ["worker", "--count", "2"]
