# All in one: what builds the site is shipped with it.
FROM localhost/tools:1
WORKDIR /src
COPY . .
RUN sh build.sh pages /srv
EXPOSE 8099
CMD ["httpd", "-f", "-p", "8099", "-h", "/srv"]
