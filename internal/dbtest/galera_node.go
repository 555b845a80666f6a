package dbtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// galeraNode is a server of a Galera.
type galeraNode struct {
	daemon
	number   int
	ports    galeraPorts
	settings []string
}

// galeraPorts are for clients, for the group, and for what a node that joins is
// sent: the newest writes, or all there is.
type galeraPorts struct{ sql, group, newest, whole int }

func newGaleraNode(dir *scratch, number int, ports galeraPorts, settings []string) (*galeraNode, error) {
	d, err := newDaemon(dir, "galera"+strconv.Itoa(number))
	if err != nil {
		return nil, err
	}
	return &galeraNode{daemon: *d, number: number, ports: ports, settings: settings}, nil
}

func (n *galeraNode) name() string { return "g" + strconv.Itoa(n.number) }

func (n *galeraNode) admin() string { return adminOf("mysql", local(n.ports.sql), "mysql") }

// provider is Galera's library, where Debian has it.
const provider = "/usr/lib/galera/libgalera_smm.so"

// arguments are those of the server, in the group of the nodes.
func (n *galeraNode) arguments(nodes []*galeraNode) ([]string, error) {
	if _, err := os.Stat(provider); err != nil {
		return nil, errors.New("Galera is not on this machine: install what make soak needs (on Debian: scripts/setup soak as root)")
	}
	var group []string
	for _, other := range nodes {
		group = append(group, local(other.ports.group))
	}
	arguments := append([]string{
		"--no-defaults",
		"--datadir=" + n.folder,
		"--tmpdir=" + n.scratch.dir,
		"--socket=" + n.file("socket"),
		"--pid-file=" + n.file("pid"),
		"--bind-address=127.0.0.1",
		"--port=" + strconv.Itoa(n.ports.sql),
		"--skip-name-resolve",
		"--character-set-server=utf8mb4",
		"--max-connections=300",
		"--max-allowed-packet=64M",
		"--innodb-buffer-pool-size=64M",
		"--innodb-flush-log-at-trx-commit=1",
		"--innodb-autoinc-lock-mode=2",
		"--binlog-format=ROW",
		"--wsrep-on=ON",
		"--wsrep-provider=" + provider,
		"--wsrep-cluster-name=test",
		"--wsrep-cluster-address=gcomm://" + strings.Join(group, ","),
		"--wsrep-node-name=" + n.name(),
		"--wsrep-node-address=" + local(n.ports.group),
		"--wsrep-node-incoming-address=" + local(n.ports.sql),
		"--wsrep-sst-method=rsync",
		"--wsrep-sst-receive-address=" + local(n.ports.whole),
		fmt.Sprintf("--wsrep-provider-options=base_port=%d;gmcast.listen_addr=tcp://%s;ist.recv_addr=%s;gcache.size=64M",
			n.ports.group, local(n.ports.group), local(n.ports.newest)),
		"--wsrep-slave-threads=2",
	}, storage...)
	for _, setting := range n.settings {
		arguments = append(arguments, "--"+setting)
	}
	return arguments, nil
}

// file is a path next to the node's folder.
func (n *galeraNode) file(name string) string {
	return filepath.Join(n.scratch.dir, n.name()+"."+name)
}

// alone makes a server that starts a group of its own, which others join.
const alone = "--wsrep-new-cluster"

// start starts the server and returns when it is synced.
func (n *galeraNode) start(nodes []*galeraNode, more ...string) error {
	if err := n.begin(nodes, more...); err != nil {
		return err
	}
	gone := n.gone
	return untilWithin(healthyWithin, "start "+n.name(), func() (bool, error) {
		select {
		case <-gone:
			return false, fmt.Errorf("it ended: %s", n.end())
		default:
		}
		ctx, cancel := context.WithTimeout(context.Background(), checkWithin)
		defer cancel()
		return n.synced(ctx) == nil, nil
	})
}

// begin starts the server and does not wait for it.
func (n *galeraNode) begin(nodes []*galeraNode, more ...string) error {
	program, err := mariadbProgram("mariadbd")
	if err != nil {
		return err
	}
	arguments, err := n.arguments(nodes)
	if err != nil {
		return err
	}
	return n.spawn(nil, program, append(arguments, more...))
}

// synced returns nil when the node has all that the primary part of its group has.
func (n *galeraNode) synced(ctx context.Context) error {
	good, err := ask(ctx, n.admin(), `SELECT count(*) FROM information_schema.global_status
WHERE (variable_name, variable_value) IN (('WSREP_LOCAL_STATE', '4'), ('WSREP_CLUSTER_STATUS', 'Primary'), ('WSREP_READY', 'ON'))`)
	if err == nil && good != "3" {
		err = errors.New("it is not synced")
	}
	if err != nil {
		return fmt.Errorf("node %d: %w", n.number, err)
	}
	return nil
}

var recovered = regexp.MustCompile(`Recovered position:? *[0-9a-f-]+:(-?\d+)`)

// newest returns the number of the last write that a server which was killed has.
func (n *galeraNode) newest(nodes []*galeraNode) (int64, error) {
	program, err := mariadbProgram("mariadbd")
	if err != nil {
		return 0, err
	}
	arguments, err := n.arguments(nodes)
	if err != nil {
		return 0, err
	}
	said := n.scratch.command(nil, program, append(arguments, "--wsrep-recover", "--log-error="+n.file("recover"))...)
	said.Dir = n.folder
	out, err := said.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("look for the last write of %s: %w: %s", n.name(), err, tail(string(out)))
	}
	text, err := os.ReadFile(n.file("recover"))
	if err != nil {
		return 0, err
	}
	found := recovered.FindAllStringSubmatch(string(text)+string(out), -1)
	if len(found) == 0 {
		return 0, fmt.Errorf("%s does not say its last write: %s", n.name(), tail(string(text)+string(out)))
	}
	return strconv.ParseInt(found[len(found)-1][1], 10, 64)
}

// hasLeft reports whether the node has ended by itself, was voted out because it
// differs from the others, or left its group after an error. It comes back when it
// is started again.
func (n *galeraNode) hasLeft() bool {
	if n.process != nil && !n.running() {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), checkWithin)
	defer cancel()
	// A server does not answer before it has joined a group, so one that answers and
	// is not connected to any has closed its side after an error.
	left, err := ask(ctx, n.admin(), "SELECT count(*) FROM information_schema.global_status"+
		" WHERE (variable_name, variable_value) IN (('WSREP_LOCAL_STATE_COMMENT', 'Inconsistent'), ('WSREP_CONNECTED', 'OFF'))")
	return err == nil && left != "0"
}

// logTail are the last errors in the server's log.
func (n *galeraNode) logTail() string {
	text, err := os.ReadFile(n.log)
	if err != nil {
		return err.Error()
	}
	lines := slices.DeleteFunc(strings.Split(string(text), "\n"), func(line string) bool { return !strings.Contains(line, "[ERROR]") })
	return strings.Join(lines[max(0, len(lines)-5):], "\n")
}

// end is the end of the server's log.
func (n *galeraNode) end() string {
	text, err := os.ReadFile(n.log)
	if err != nil {
		return err.Error()
	}
	return tail(string(text))
}
