# Nothing but the server and the site, and no user who could do more.
FROM localhost/tools:1 AS build
WORKDIR /src
COPY . .
RUN sh build.sh pages /srv

FROM scratch
COPY --from=build /bin/busybox /httpd
COPY --from=build /srv /srv
USER 65534
EXPOSE 8099
ENTRYPOINT ["/httpd", "-f", "-p", "8099", "-h", "/srv"]
