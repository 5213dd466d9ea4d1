# docker build -t kvick .
# docker run -p 8080:8080 -v kvick:/var/lib/kvick kvick

FROM swift:6.2-bookworm AS build
WORKDIR /src
COPY Makefile ./
COPY scripts scripts
RUN apt-get update && apt-get install -y --no-install-recommends make && make setup-build
COPY . .
RUN make build \
    && objcopy --strip-debug "$(swift build -c release --show-bin-path)/kvick" /kvick \
    && cp /usr/libexec/swift/linux/swift-backtrace-static /swift-backtrace

FROM debian:bookworm-slim
COPY scripts/runtime-packages.txt /tmp/
RUN apt-get update \
    && grep -v '^#' /tmp/runtime-packages.txt \
        | DEBIAN_FRONTEND=noninteractive xargs apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* /tmp/runtime-packages.txt \
    && useradd --uid 10001 --user-group --home-dir /var/lib/kvick --no-create-home --shell /usr/sbin/nologin kvick \
    && install -d -m 700 -o kvick -g kvick /var/lib/kvick
COPY --from=build /kvick /usr/local/bin/
COPY --from=build /swift-backtrace /usr/local/libexec/kvick/
# A container is reached from outside of it, or not at all. A crash leaves a trace in its log.
ENV KVICK_HOST=0.0.0.0 \
    KVICK_DATA=/var/lib/kvick \
    SWIFT_BACKTRACE=enable=yes,color=no,interactive=no,swift-backtrace=/usr/local/libexec/kvick/swift-backtrace
USER 10001:10001
VOLUME /var/lib/kvick
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["kvick", "health", "--timeout", "4s"]
ENTRYPOINT ["kvick"]
CMD ["serve"]
