package brokertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"holdfast.dev/holdfast/internal/dbtest"
)

// StartKafka starts a Kafka broker that is its own controller. Each new topic has four
// partitions.
func StartKafka(tb testing.TB, settings ...string) *dbtest.Program {
	tb.Helper()
	jars, err := fetch(tb.Context(), "kafka")
	if err != nil {
		tb.Fatal(err)
	}
	return dbtest.StartProgram(tb, dbtest.Run{
		Name:  "java",
		Ports: 2, // the second is the controller's
		// The file that Kafka's own tool would write: the folder belongs to the node.
		Files: func(addr string) map[string]string {
			host, port, err := net.SplitHostPort(addr)
			if err != nil {
				tb.Fatal(err)
			}
			n, err := strconv.Atoi(port)
			if err != nil {
				tb.Fatal(err)
			}
			controller := net.JoinHostPort(host, strconv.Itoa(n+1))
			return map[string]string{
				"data/meta.properties": "version=1\ncluster.id=holdfast-for-tests-001\nnode.id=1\n",
				"server.properties": strings.Join(append([]string{
					"process.roles=broker,controller", "node.id=1", "controller.quorum.voters=1@" + controller,
					"listeners=PLAINTEXT://" + addr + ",CONTROLLER://" + controller, "advertised.listeners=PLAINTEXT://" + addr,
					"controller.listener.names=CONTROLLER", "inter.broker.listener.name=PLAINTEXT",
					"listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
					"log.dirs=data", "num.partitions=4", "default.replication.factor=1", "auto.create.topics.enable=false",
					"offsets.topic.replication.factor=1", "broker.session.timeout.ms=3000", "num.network.threads=2", "num.io.threads=2",
				}, settings...), "\n"),
			}
		},
		Arguments: func(string, int) []string {
			return []string{
				"-Xmx256m", "-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
				"-cp", jars + "/*", "kafka.Kafka", "server.properties",
			}
		},
		Answers: func(addr string) bool {
			c, err := kgo.NewClient(kgo.SeedBrokers(addr))
			if err != nil {
				return false
			}
			defer c.Close()
			return c.Ping(tb.Context()) == nil
		},
	})
}

// fetch returns the folder of the jars that tools/NAME/pom.xml names.
func fetch(ctx context.Context, name string) (string, error) {
	top, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(top, "scripts", "jars")); err == nil {
			break
		}
		up := filepath.Dir(top)
		if up == top {
			return "", errors.New("scripts/jars is in no folder above this one")
		}
		top = up
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, filepath.Join(top, "scripts", "jars"), name)
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("fetch %s: %w: %s", name, err, said.String())
	}
	return strings.TrimSpace(string(out)), nil
}
