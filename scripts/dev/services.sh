# A throw-away PostgreSQL and Redis on free ports, for tests and for trying many processes on one machine.

# Where they are reached, for whoever tests. Their data is in a directory that PostgreSQL's own user can enter.
readonly services=$root/target/services
readonly services_file=$services/env

setup_services() {
  need_command redis-server redis-server
  need_command pgrep procps
  # Collects metrics in the tests; brings promtool along.
  need_command prometheus prometheus
  [[ -n $(postgres_bin) ]] || install_packages postgresql
  [[ -n $(postgres_bin) ]] || fail "the package postgresql was installed, but no initdb is in /usr/lib/postgresql/*/bin"
}

# The newest PostgreSQL's programs: Debian keeps them out of PATH.
postgres_bin() {
  local initdb
  initdb=$(command -v initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1 || true)
  [[ -z $initdb ]] || dirname "$initdb"
}

# PostgreSQL refuses to run as root.
as_postgres() {
  if [[ $EUID -eq 0 ]]; then runuser -u postgres -- "$@"; else "$@"; fi
}

free_port() {
  node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

# service NAME: its line in the file.
service() { sed -n "s|^$1=||p" "$services_file" 2>/dev/null || true; }

services_run() {
  local redis data
  redis=$(service FOLIOCAST_TEST_REDIS_URL)
  data=$(service FOLIOCAST_TEST_SERVICES_DIR)
  [[ -n $redis && -n $data ]] && redis-cli -u "$redis" ping >/dev/null 2>&1 &&
    as_postgres "$(postgres_bin)/pg_ctl" --pgdata "$data/postgres" status >/dev/null 2>&1
}

start_services() {
  if services_run; then
    return
  fi
  local data bin postgres_port redis_port
  stop_services
  bin=$(postgres_bin)
  data=$(mktemp -d /tmp/foliocast-services.XXXXXX)
  [[ $EUID -ne 0 ]] || chown postgres "$data"
  printf throwaway >"$data/password"
  chmod 644 "$data/password"
  # In bytewise order, as Debian's default is not: order must not come from where a database was made.
  step "services" as_postgres "$bin/initdb" --pgdata "$data/postgres" --username foliocast --pwfile "$data/password" \
    --auth scram-sha-256 --encoding UTF8 --locale-provider icu --icu-locale en --locale C.UTF-8 --no-sync --no-instructions >/dev/null
  postgres_port=$(free_port)
  # What is thrown away need not survive a power failure.
  cat <<TEXT | as_postgres tee -a "$data/postgres/postgresql.conf" >/dev/null
port = $postgres_port
listen_addresses = '127.0.0.1'
unix_socket_directories = '$data'
max_connections = 400
fsync = off
synchronous_commit = off
full_page_writes = off
TEXT
  step "services" as_postgres "$bin/pg_ctl" --pgdata "$data/postgres" --log "$data/postgres.log" --wait start >/dev/null
  redis_port=$(free_port)
  redis-server --port "$redis_port" --bind 127.0.0.1 --dir "$data" --databases 10000 --save '' --appendonly no \
    --daemonize yes --pidfile "$data/redis.pid" --logfile "$data/redis.log" >/dev/null
  mkdir -p "$services"
  cat >"$services_file" <<TEXT
FOLIOCAST_TEST_DATABASE_URL=postgres://foliocast:throwaway@127.0.0.1:$postgres_port/postgres
FOLIOCAST_TEST_REDIS_URL=redis://127.0.0.1:$redis_port/0
FOLIOCAST_TEST_POSTGRES_BIN=$bin
FOLIOCAST_TEST_SERVICES_DIR=$data
TEXT
  local attempt
  for attempt in {1..50}; do
    if services_run; then
      return
    fi
    sleep 0.1
  done
  fail "PostgreSQL or Redis did not start after $attempt looks: their logs are in $data"
}

# None of them, and nothing of them, stays.
stop_services() {
  local data
  data=$(service FOLIOCAST_TEST_SERVICES_DIR)
  if [[ -n $data && -d $data ]]; then
    as_postgres "$(postgres_bin)/pg_ctl" --pgdata "$data/postgres" --mode immediate stop >/dev/null 2>&1 || true
    if [[ -f $data/redis.pid ]]; then
      kill "$(<"$data/redis.pid")" 2>/dev/null || true
    fi
    rm -rf "$data"
  fi
  rm -f "$services_file"
}

# They run, and end with this command unless they ran before it.
with_services() {
  if ! services_run; then
    trap stop_services EXIT
    start_services
  fi
}

services_command() {
  case ${1:-start} in
    start)
      setup_services
      start_services
      say "services" "PostgreSQL and Redis run; './dev services stop' ends them and deletes what they hold"
      sed -n 's/^FOLIOCAST_TEST_DATABASE_URL=/DATABASE_URL=/p; s/^FOLIOCAST_TEST_REDIS_URL=/REDIS_URL=/p' "$services_file"
      ;;
    stop) stop_services ;;
    *) fail "./dev services [start|stop], not '$1'" ;;
  esac
}
