# Built in one stage, served from another, on a small system.
FROM localhost/tools:1 AS build
WORKDIR /src
COPY . .
RUN sh build.sh pages /srv

FROM localhost/base:1
COPY --from=build /srv /srv
EXPOSE 8099
CMD ["httpd", "-f", "-p", "8099", "-h", "/srv"]
