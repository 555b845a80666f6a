package dbtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// patroniNode is one node of a Patroni: the daemon of that name, and the
// PostgreSQL server that it starts and stops.
type patroniNode struct {
	daemon     // Patroni alone
	number     int
	port, rest int
	data       string // the server's folder, where its processes work
}

func newPatroniNode(dir *scratch, number, port, rest int) (*patroniNode, error) {
	d, err := newDaemon(dir, "patroni"+strconv.Itoa(number))
	if err != nil {
		return nil, err
	}
	data, err := dir.folder("data" + strconv.Itoa(number))
	return &patroniNode{daemon: *d, number: number, port: port, rest: rest, data: data}, err
}

func (n *patroniNode) name() string { return "n" + strconv.Itoa(n.number) }

// configure writes Patroni's file. JSON is YAML, too.
func (n *patroniNode) configure(store *etcd, mode Mode) error {
	bin, err := postgresProgram("postgres")
	if err != nil {
		return err
	}
	type object = map[string]any
	dynamic := object{
		"ttl": int(PatroniTTL.Seconds()), "loop_wait": 2, "retry_timeout": 5,
		// Without it Patroni would not promote a standby that lacks much: an
		// asynchronous one is to lose something here.
		"maximum_lag_on_failover": 1 << 30,
		"postgresql": object{
			"use_pg_rewind": true, "use_slots": true,
			// A node that pg_rewind cannot help is copied anew.
			"remove_data_directory_on_rewind_failure": true, "remove_data_directory_on_diverged_timelines": true,
			"parameters": object{
				"wal_log_hints": "on", "max_connections": 200, "shared_buffers": "64MB", "wal_keep_size": "256MB",
				// In the data folder, not in /dev/shm: nothing is left after a kill.
				"dynamic_shared_memory_type": "mmap", "unix_socket_directories": "",
				// In a file of its own, away from what Patroni prints.
				"logging_collector": "on", "log_directory": "log", "log_filename": "postgres.log", "log_min_error_statement": "panic",
			},
		},
	}
	for name, value := range mode.settings() {
		dynamic[name] = value
	}
	account := object{"username": admin, "password": password()}
	text, err := json.Marshal(object{
		"scope": "test", "name": n.name(),
		"restapi": object{"listen": local(n.rest), "connect_address": local(n.rest)},
		"etcd3":   object{"host": local(store.port)},
		"bootstrap": object{
			"dcs":    dynamic,
			"initdb": []any{object{"encoding": "UTF8"}, "data-checksums", "no-sync", object{"locale": "C"}},
			"pg_hba": []string{"host all all 127.0.0.1/32 scram-sha-256", "host replication all 127.0.0.1/32 scram-sha-256"},
		},
		"postgresql": object{
			"listen": local(n.port), "connect_address": local(n.port),
			"data_dir": n.data, "bin_dir": filepath.Dir(bin), "pgpass": filepath.Join(n.folder, "pgpass"),
			"basebackup":     []any{object{"checkpoint": "fast"}, "no-sync"},
			"authentication": object{"superuser": account, "replication": account, "rewind": account},
		},
	})
	if err != nil {
		return err
	}
	_, err = n.scratch.write(n.name()+".yml", string(text))
	return err
}

// start starts Patroni, which starts the server when its cluster lets it.
func (n *patroniNode) start() error {
	program, err := clusterProgram("patroni")
	if err != nil {
		return err
	}
	return n.spawn(nil, program, []string{filepath.Join(n.scratch.dir, n.name()+".yml")})
}

// killBoth kills Patroni and the server.
func (n *patroniNode) killBoth() error {
	return errors.Join(n.kill(), killIn(n.data))
}

// postmaster is the server's first process.
func (n *patroniNode) postmaster() (*os.Process, error) {
	text, err := os.ReadFile(filepath.Join(n.data, "postmaster.pid"))
	if err != nil {
		return nil, err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		return nil, err
	}
	return os.FindProcess(pid)
}

// leads reports whether the node is the primary and has the leader's key.
func (n *patroniNode) leads() bool { return n.call("GET", "/primary", nil, nil) == nil }

// restWithin bounds a request to Patroni. A switchover is answered when it is over.
const restWithin = 30 * time.Second

// call sends a request to Patroni and reads its answer.
func (n *patroniNode) call(method, path string, body, answer any) error {
	if !n.running() {
		return errors.New("it does not run")
	}
	within := restWithin
	if method == "GET" {
		within = 2 * time.Second // it may be paused
	}
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://"+local(n.rest)+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %d %s", method, path, response.StatusCode, said)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(said, answer)
}

// rest asks the nodes, one after the other, until one answers.
func (p *Patroni) rest(method, path string, body, answer any) error {
	var all []error
	for _, n := range p.nodes {
		err := n.call(method, path, body, answer)
		if err == nil {
			return nil
		}
		all = append(all, fmt.Errorf("%s: %w", n.name(), err))
	}
	return errors.Join(all...)
}

// logs are the ends of what Patroni and PostgreSQL printed.
func (p *Patroni) logs() string {
	var all strings.Builder
	for _, n := range p.nodes {
		for _, file := range []string{n.log, filepath.Join(n.data, "log", "postgres.log")} {
			text, err := os.ReadFile(file)
			if err != nil {
				continue
			}
			lines := slices.DeleteFunc(strings.Split(string(text), "\n"), func(line string) bool {
				return strings.Contains(line, "no action. I am")
			})
			fmt.Fprintf(&all, "%s:\n%s\n", file, strings.Join(lines[max(0, len(lines)-40):], "\n"))
		}
	}
	return all.String()
}
