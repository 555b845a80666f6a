package dbtest

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Redis is a Redis that tests use: one server, a primary with replicas that a Sentinel
// watches, or a cluster.
type Redis struct {
	// URL is what a client connects to.
	URL string
	// Servers are the servers with data. Those of a cluster that begin as primaries come
	// first, and so does the primary behind a Sentinel.
	Servers []*Program
	// Sentinel watches the servers; nil: there is none.
	Sentinel *Program
}

// StartRedis starts one server that syncs each write to the disk before it answers.
func StartRedis(tb testing.TB, arguments ...string) *Redis {
	tb.Helper()
	one := startRedisServer(tb, 1, func(int) []string { return arguments })
	return &Redis{URL: "redis://" + one.Addr(), Servers: []*Program{one}}
}

// StartRedisSentinel starts a primary with two replicas and a Sentinel, which calls them "stock".
func StartRedisSentinel(tb testing.TB) *Redis {
	tb.Helper()
	primary := startRedisServer(tb, 1, nil)
	r := &Redis{Servers: []*Program{primary}}
	for range 2 {
		r.Servers = append(r.Servers, startRedisServer(tb, 1, func(int) []string {
			return []string{"--replicaof", fmt.Sprintf("127.0.0.1 %d", primary.port), "--repl-diskless-sync-delay", "0"}
		}))
	}
	r.Sentinel = StartProgram(tb, Run{
		Name: "redis-server",
		Files: func(addr string) map[string]string {
			_, port, _ := strings.Cut(addr, ":")
			return map[string]string{"sentinel.conf": fmt.Sprintf("port %s\nbind 127.0.0.1\nsentinel monitor stock 127.0.0.1 %d 1\n"+
				"sentinel down-after-milliseconds stock 500\nsentinel failover-timeout stock 2000\n", port, primary.port)}
		},
		Arguments: func(folder string, _ int) []string { return []string{folder + "/sentinel.conf", "--sentinel"} },
		Answers:   redisAnswers,
	})
	r.WaitForReplicas(tb, 2)
	r.wait(tb, "the Sentinel", func() bool {
		return strings.Contains(redisAsk(r.Sentinel.Addr(), "INFO sentinel"), "status=ok") && strings.Contains(redisAsk(r.Sentinel.Addr(), "INFO sentinel"), "slaves=2")
	})
	r.URL = "redis://" + r.Sentinel.Addr() + "/0?master_set=stock"
	return r
}

// StartRedisCluster starts a cluster of three primaries with a replica each.
func StartRedisCluster(tb testing.TB) *Redis {
	tb.Helper()
	r := &Redis{}
	var all []string
	for range 6 {
		one := startRedisServer(tb, 2, func(port int) []string {
			return []string{
				"--cluster-enabled", "yes", "--cluster-port", strconv.Itoa(port + 1), "--cluster-node-timeout", "1000", "--repl-diskless-sync-delay", "0",
			}
		})
		r.Servers, all = append(r.Servers, one), append(all, one.Addr())
	}
	arguments := append(append([]string{"--cluster", "create"}, all...), "--cluster-replicas", "1", "--cluster-yes")
	if out, err := exec.CommandContext(tb.Context(), "redis-cli", arguments...).CombinedOutput(); err != nil {
		tb.Fatalf("redis-cli --cluster create: %v\n%s", err, out)
	}
	r.wait(tb, "the cluster", func() bool {
		for _, addr := range all {
			if !strings.Contains(redisAsk(addr, "CLUSTER INFO"), "cluster_state:ok") {
				return false
			}
		}
		return true
	})
	r.WaitForReplicas(tb, 3)
	var urls []string
	for _, addr := range all[1:] {
		urls = append(urls, "addr="+addr)
	}
	r.URL = "redis://" + all[0] + "?" + strings.Join(urls, "&")
	return r
}

// WaitForReplicas returns when that many replicas have all that their primaries have.
func (r *Redis) WaitForReplicas(tb testing.TB, many int) {
	tb.Helper()
	offset := regexp.MustCompile(`(?m)^master_repl_offset:(\d+)`)
	r.wait(tb, "the replicas", func() bool {
		level := 0
		for _, s := range r.Servers {
			info := redisAsk(s.Addr(), "INFO replication")
			if at := offset.FindStringSubmatch(info); at != nil && strings.Contains(info, "role:master") {
				level += strings.Count(info, "state=online,offset="+at[1]+",")
			}
		}
		return level == many
	})
}

// WaitForFollowers returns when that many replicas receive what their primaries write. They may
// be behind, so that it ends under load too.
func (r *Redis) WaitForFollowers(tb testing.TB, many int) {
	tb.Helper()
	r.wait(tb, "the followers", func() bool {
		online := 0
		for _, s := range r.Servers {
			if info := redisAsk(s.Addr(), "INFO replication"); strings.Contains(info, "role:master") {
				online += strings.Count(info, "state=online")
			}
		}
		return online == many
	})
}

// Primary returns the server that takes writes and has keys, when there is one.
func (r *Redis) Primary(tb testing.TB) (primary *Program) {
	tb.Helper()
	r.wait(tb, "a primary with keys", func() bool {
		primary = nil
		for _, s := range r.Servers {
			info := redisAsk(s.Addr(), "INFO replication")
			if !strings.Contains(info, "role:master") || !strings.Contains(info, "state=online") {
				continue // it follows, or is behind a failover and does not know yet
			}
			if n := redisAsk(s.Addr(), "DBSIZE"); strings.HasPrefix(n, ":") && !strings.HasPrefix(n, ":0") {
				primary = s
			}
		}
		return primary != nil
	})
	return primary
}

func (r *Redis) wait(tb testing.TB, what string, ready func() bool) {
	tb.Helper()
	if err := poll(what, func() (bool, error) { return ready(), nil }); err != nil {
		tb.Fatalf("redis: %v", err)
	}
}

func startRedisServer(tb testing.TB, ports int, more func(port int) []string) *Program {
	tb.Helper()
	return StartProgram(tb, Run{
		Name:  "redis-server",
		Ports: ports,
		Arguments: func(folder string, port int) []string {
			all := []string{
				"--bind", "127.0.0.1", "--port", strconv.Itoa(port), "--dir", folder, "--appendonly", "yes", "--appendfsync", "always", "--save", "",
			}
			if more != nil {
				all = append(all, more(port)...)
			}
			return all
		},
		Answers: redisAnswers,
	})
}

func redisAnswers(addr string) bool {
	said := redisAsk(addr, "PING")
	return strings.HasPrefix(said, "+PONG") || strings.HasPrefix(said, "-NOAUTH")
}

// redisAsk sends a command to a server and returns the answer with its type, or nothing
// when the server gives none.
func redisAsk(addr, command string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return ""
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(2 * time.Second)); err != nil {
		return ""
	}
	if _, err := fmt.Fprintf(conn, "%s\r\n", command); err != nil {
		return ""
	}
	r := bufio.NewReader(conn)
	first, err := r.ReadString('\n')
	if err != nil || !strings.HasPrefix(first, "$") {
		return first
	}
	n, err := strconv.Atoi(strings.TrimSpace(first[1:]))
	if err != nil || n < 0 {
		return ""
	}
	body := make([]byte, n)
	for at := 0; at < n; {
		k, err := r.Read(body[at:])
		if err != nil {
			return ""
		}
		at += k
	}
	return string(body)
}

// Flush empties the servers.
func (r *Redis) Flush(tb testing.TB) {
	tb.Helper()
	for _, s := range r.Servers {
		if said := redisAsk(s.Addr(), "FLUSHALL"); !strings.HasPrefix(said, "+OK") {
			tb.Errorf("redis is not flushed: %q", said)
		}
	}
}
