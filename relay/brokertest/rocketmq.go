package brokertest

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what the proxy checks
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	rocketmq "github.com/apache/rocketmq-clients/golang/v5/protocol/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"holdfast.dev/holdfast/internal/dbtest"
)

// RocketMQLogin is the secret of a sink that the proxy of StartRocketMQ accepts: an access key
// and a secret key.
const RocketMQLogin = rocketUser + ":" + rocketPassword

const rocketUser, rocketPassword = "holdfast", "a-secret-key"

const (
	// queues is how many queues a topic has.
	queues = 4
	// maxTries is how often the tool is called, which takes seconds each time.
	maxTries = 60
)

// RocketMQ is a broker of RocketMQ with its proxy in one process, and a name server. Kill
// ends the process of the broker.
type RocketMQ struct {
	*dbtest.Program
	names *dbtest.Program
	jars  string
}

// StartRocketMQ starts a broker with the topics and four queues each. The value of a topic is
// the type of its messages (FIFO: in order of their group).
func StartRocketMQ(tb testing.TB, topics map[string]string) *RocketMQ {
	tb.Helper()
	jars, err := fetch(tb.Context(), "rocketmq")
	if err != nil {
		tb.Fatal(err)
	}
	// Without a home it does not start, and Java's is where it logs to.
	home := func(string, int) []string { return []string{"ROCKETMQ_HOME=."} }
	names := dbtest.StartProgram(tb, dbtest.Run{
		Name:        "java",
		Environment: home,
		Files: func(addr string) map[string]string {
			return map[string]string{"names.conf": "listenPort=" + portAfter(tb, addr, 0) + "\nbindAddress=127.0.0.1\n"}
		},
		Arguments: func(string, int) []string {
			return java(jars, "-Xmx128m", "org.apache.rocketmq.namesrv.NamesrvStartup", "-c", "names.conf")
		},
		Answers: func(addr string) bool { return listens(tb.Context(), addr) },
	})
	const provider = "org.apache.rocketmq.auth.authentication.provider."
	b := dbtest.StartProgram(tb, dbtest.Run{
		Name:        "java",
		Ports:       6, // the proxy's two; the broker's three, of which it names the middle one
		Environment: home,
		Files: func(addr string) map[string]string {
			return map[string]string{
				"store/config/topics.json":            topicTable(tb, topics),
				"store/config/subscriptionGroup.json": groupTable(tb),
				"broker.conf": strings.Join([]string{
					"brokerClusterName=DefaultCluster", "brokerName=broker-a", "brokerId=0", "brokerIP1=127.0.0.1", "bindAddress=127.0.0.1",
					"namesrvAddr=" + names.Addr(), "listenPort=" + portAfter(tb, addr, 4), "storePathRootDir=store", "storePathCommitLog=store/commitlog",
					"mappedFileSizeCommitLog=16777216", "mappedFileSizeConsumeQueue=600000", "maxHashSlotNum=50000", "maxIndexNum=200000",
					"mappedFileSizeTimerLog=10485760", "timerFlushIntervalMs=3600000", "autoCreateTopicEnable=false",
					"authConfigPath=auth", "authenticationMetadataProvider=" + provider + "LocalAuthenticationMetadataProvider",
					fmt.Sprintf(`initAuthenticationUser={"username":%q,"password":%q}`, rocketUser, rocketPassword),
				}, "\n"),
				"conf/rmq-proxy.json": fmt.Sprintf(`{"rocketMQClusterName":"DefaultCluster","proxyMode":"LOCAL","namesrvAddr":%q,"localServeAddr":"127.0.0.1",`+
					`"grpcServerPort":%s,"remotingListenPort":%s,"grpcThreadPoolNums":8,"topicRouteServiceCacheRefreshSeconds":1,"authenticationEnabled":true,"authConfigPath":"auth",`+
					`"authenticationProvider":%q,"authenticationMetadataProvider":"org.apache.rocketmq.proxy.auth.ProxyAuthenticationMetadataProvider"}`,
					names.Addr(), portAfter(tb, addr, 0), portAfter(tb, addr, 1), provider+"DefaultAuthenticationProvider"),
			}
		},
		Arguments: func(string, int) []string {
			return java(jars, "-Xmx512m", "org.apache.rocketmq.proxy.ProxyStartup", "-pm", "local", "-bc", "broker.conf", "-pc", "conf/rmq-proxy.json", "-n", names.Addr())
		},
		Answers: func(addr string) bool {
			return hasTopic(tb.Context(), addr, slices.Min(slices.Collect(maps.Keys(topics))))
		},
	})
	if len(b.Find("librocksdbjni*")) == 0 {
		tb.Error("RocketMQ has unpacked its RocksDB elsewhere than in its own folder")
	}
	return &RocketMQ{b, names, jars}
}

// Print returns the output of RocketMQ's own tool about the messages in a topic: a line for
// each, those of one queue in order. If the tool did not read all four queues, Print calls it
// again: the name server knows a restarted broker only after some time. Until then the tool
// prints the reason, and ends with success.
func (r *RocketMQ) Print(tb testing.TB, topic string) []string {
	tb.Helper()
	for tries := 1; ; tries++ {
		out := r.administer(tb, "printMsg", "-t", topic)
		if strings.Count(out, "minOffset=") != queues || strings.Contains(out, "Exception") {
			if tries == maxTries {
				tb.Fatalf("topic %s is not printed: %s", topic, out)
			}
			continue
		}
		var lines []string
		for line := range strings.Lines(out) {
			if strings.HasPrefix(line, "MSGID: ") {
				lines = append(lines, strings.TrimSuffix(line, "\n"))
			}
		}
		return lines
	}
}

// Drop deletes a topic.
func (r *RocketMQ) Drop(tb testing.TB, topic string) {
	tb.Helper()
	r.administer(tb, "deleteTopic", "-c", "DefaultCluster", "-t", topic)
}

// administer returns what a command of RocketMQ's own tool prints.
func (r *RocketMQ) administer(tb testing.TB, command string, arguments ...string) string {
	tb.Helper()
	tool := java(r.jars, "-Xmx128m", "org.apache.rocketmq.tools.command.MQAdminStartup", append([]string{command, "-n", r.names.Addr()}, arguments...)...)
	cmd := exec.CommandContext(tb.Context(), "java", tool...)
	cmd.Dir = tb.TempDir()
	cmd.Env = append(cmd.Environ(), "ROCKETMQ_HOME="+cmd.Dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		tb.Fatalf("%s %v: %v: %s", command, arguments, err, out)
	}
	return string(out)
}

// java is how Java runs a program of RocketMQ: as its scripts do, but with less memory. It
// unpacks files into its own folder, because a killed process does not remove its RocksDB.
func java(jars, heap, main string, arguments ...string) []string {
	flags := []string{heap, "-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:MaxDirectMemorySize=256m", "-Duser.home=.", "-Djava.io.tmpdir=.", "-Dtls.server.mode=disabled"}
	for _, opened := range []string{"java.lang", "java.nio", "sun.nio.ch", "jdk.internal.ref"} {
		flags = append(flags, "--add-opens=java.base/"+opened+"=ALL-UNNAMED", "--add-exports=java.base/"+opened+"=ALL-UNNAMED")
	}
	return append(append(flags, "-cp", jars+"/*", main), arguments...)
}

// topicTable is the file in which a broker keeps its topics.
func topicTable(tb testing.TB, topics map[string]string) string {
	tb.Helper()
	table := map[string]any{}
	for name, takes := range topics {
		table[name] = map[string]any{
			"topicName": name, "readQueueNums": queues, "writeQueueNums": queues, "perm": 6, "order": true, "topicFilterType": "SINGLE_TAG", "topicSysFlag": 0,
			"attributes": map[string]string{"message.type": takes},
		}
	}
	text, err := json.Marshal(map[string]any{"topicConfigTable": table, "dataVersion": map[string]int{"counter": 1}})
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// RocketMQGroup is a consumer group that keeps the order of messages.
const RocketMQGroup = "holdfast"

// groupTable is the file in which a broker keeps its consumer groups.
func groupTable(tb testing.TB) string {
	tb.Helper()
	text, err := json.Marshal(map[string]any{
		"subscriptionGroupTable": map[string]any{RocketMQGroup: map[string]any{
			"groupName": RocketMQGroup, "consumeEnable": true, "consumeFromMinEnable": true, "consumeBroadcastEnable": true, "consumeMessageOrderly": true,
			"retryQueueNums": 1, "retryMaxTimes": 1_000_000, "brokerId": 0, "whichBrokerWhenConsumeSlowly": 1, "notifyConsumerIdsChangedEnable": true,
		}},
		"dataVersion": map[string]int{"counter": 1},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// portAfter is the port of the address plus n.
func portAfter(tb testing.TB, addr string, n int) string {
	tb.Helper()
	first, err := strconv.Atoi(portOf(tb, addr))
	if err != nil {
		tb.Fatal(err)
	}
	return strconv.Itoa(first + n)
}

func listens(ctx context.Context, addr string) bool {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	return err == nil && conn.Close() == nil
}

// hasTopic reports whether a proxy knows the topic.
func hasTopic(ctx context.Context, addr, topic string) bool {
	conn, err := grpc.NewClient("passthrough:///"+addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return false
	}
	defer conn.Close()
	const now = "20261125T120000Z"
	proof := hmac.New(sha1.New, []byte(rocketPassword))
	proof.Write([]byte(now))
	ctx = metadata.AppendToOutgoingContext(ctx, "x-mq-client-id", "test", "x-mq-language", "GO", "x-mq-protocol", "v2", "x-mq-date-time", now,
		"authorization", fmt.Sprintf("MQv2-HMAC-SHA1 Credential=%s, SignedHeaders=x-mq-date-time, Signature=%x", rocketUser, proof.Sum(nil)))
	answer, err := rocketmq.NewMessagingServiceClient(conn).QueryRoute(ctx, &rocketmq.QueryRouteRequest{
		Topic:     &rocketmq.Resource{Name: topic},
		Endpoints: &rocketmq.Endpoints{Scheme: rocketmq.AddressScheme_IPv4, Addresses: []*rocketmq.Address{{Host: "127.0.0.1", Port: 8081}}},
	})
	return err == nil && answer.GetStatus().GetCode() == rocketmq.Code_OK
}
