package brokertest

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"holdfast.dev/holdfast/internal/dbtest"
)

// RabbitMQ is a RabbitMQ broker.
type RabbitMQ struct {
	*dbtest.Program
	mapper *dbtest.Program
}

// The name and the password with which RabbitMQ's tool reaches the broker.
const rabbitNode, rabbitCookie = "holdfast@localhost", "holdfast"

// rabbitPrograms is the folder where Debian keeps the programs that those of /usr/sbin run as another user.
const rabbitPrograms = "/usr/lib/rabbitmq/bin/"

// StartRabbitMQ starts a RabbitMQ broker that accepts its default user. Settings are further
// lines of its configuration.
func StartRabbitMQ(tb testing.TB, settings ...string) *RabbitMQ {
	tb.Helper()
	// Erlang starts a daemon with which its nodes find each other, and leaves it running. This
	// daemon ends with the test.
	mapper := dbtest.StartProgram(tb, dbtest.Run{
		Name: "epmd",
		Arguments: func(_ string, port int) []string {
			return []string{"-address", "127.0.0.1", "-port", strconv.Itoa(port)}
		},
		Answers: func(addr string) bool { return listens(tb.Context(), addr) },
	})
	node := dbtest.StartProgram(tb, dbtest.Run{
		Name:  rabbitPrograms + "rabbitmq-server",
		Ports: 2, // the second is for nodes
		Files: func(string) map[string]string {
			return map[string]string{
				"rabbitmq.conf":  strings.Join(append([]string{"log.console = true", "log.file = false", "log.console.level = warning"}, settings...), "\n"),
				"plugins":        "[].",
				"environment.sh": "",
			}
		},
		Environment: func(folder string, port int) []string {
			return []string{
				"HOME=" + folder, "ERL_EPMD_ADDRESS=127.0.0.1", "ERL_EPMD_PORT=" + portOf(tb, mapper.Addr()), "RABBITMQ_NODENAME=" + rabbitNode,
				"RABBITMQ_NODE_IP_ADDRESS=127.0.0.1", "RABBITMQ_NODE_PORT=" + strconv.Itoa(port), "RABBITMQ_DIST_PORT=" + strconv.Itoa(port+1),
				"RABBITMQ_MNESIA_BASE=" + folder + "/mnesia", "RABBITMQ_LOG_BASE=" + folder, "RABBITMQ_CONFIG_FILE=" + folder + "/rabbitmq.conf",
				"RABBITMQ_ADVANCED_CONFIG_FILE=" + folder + "/advanced.config", "RABBITMQ_ENABLED_PLUGINS_FILE=" + folder + "/plugins",
				"RABBITMQ_CONF_ENV_FILE=" + folder + "/environment.sh",
				"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none -setcookie " + rabbitCookie + " -kernel inet_dist_use_interface {127,0,0,1}",
			}
		},
		Arguments: func(string, int) []string { return nil },
		Answers: func(addr string) bool {
			conn, err := amqp.Dial("amqp://" + addr)
			return err == nil && conn.Close() == nil
		},
	})
	return &RabbitMQ{node, mapper}
}

// MakeQueues makes quorum queues that survive a kill. The broker reports a new queue before it
// has written it, which takes up to three seconds.
func (r *RabbitMQ) MakeQueues(tb testing.TB, names ...string) {
	tb.Helper()
	conn, err := amqp.Dial("amqp://" + r.Addr())
	if err != nil {
		tb.Fatal(err)
	}
	defer conn.Close()
	c, err := conn.Channel()
	if err != nil {
		tb.Fatal(err)
	}
	for _, name := range names {
		if _, err := c.QueueDeclare(name, true, false, false, false, amqp.Table{amqp.QueueTypeArg: amqp.QueueTypeQuorum}); err != nil {
			tb.Fatal(err)
		}
	}
	cmd := exec.CommandContext(tb.Context(), rabbitPrograms+"rabbitmqctl", "--node", rabbitNode, "--erlang-cookie", rabbitCookie,
		"eval", "ok = mnesia:sync_log(), [ok = dets:sync(T) || T <- dets:all()].")
	cmd.Dir = tb.TempDir()
	cmd.Env = append(cmd.Environ(), "HOME="+cmd.Dir, "ERL_EPMD_ADDRESS=127.0.0.1", "ERL_EPMD_PORT="+portOf(tb, r.mapper.Addr()))
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("write the queues: %v: %s", err, out)
	}
}
