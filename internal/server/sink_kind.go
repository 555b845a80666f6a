package server

import (
	"crypto/rand"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
)

// The kinds of sinks that have names in code, and the formats of events.
const (
	kindFile    = "file"
	kindHTTP    = "http"
	kindSearch  = "search"
	kindWebhook = "webhook"

	formatEvents = "cloudevents"
	formatBinary = "cloudevents-binary"
	formatPlain  = "plain"
)

// sinkKind is what sinks of a kind accept. A relay knows how to deliver to it.
type sinkKind struct {
	formats []string
	schemes []string // of the target's URL; nil: the target is the name of a file
	example string   // of a target
	topics  bool     // it has topics
	signs   bool     // its secret signs a webhook
	index   bool     // it keeps a state, and can be rebuilt
}

var sinkKinds = map[string]*sinkKind{
	kindFile:    {formats: []string{formatEvents, formatPlain}},
	kindHTTP:    {formats: everyFormat, schemes: web, example: "https://shop.example/hook"},
	kindWebhook: {formats: []string{formatEvents}, schemes: web, example: "https://shop.example/hook", signs: true},
	"kafka":     {formats: everyFormat, schemes: []string{"kafka", "kafkas"}, example: "kafkas://kafka.example:9092", topics: true},
	"nats":      {formats: everyFormat, schemes: []string{"nats", "tls"}, example: "tls://nats.example:4222", topics: true},
	"rabbitmq":  {formats: everyFormat, schemes: []string{"amqp", "amqps"}, example: "amqps://rabbitmq.example:5671", topics: true},
	"redis":     {formats: everyFormat, schemes: []string{"redis", "rediss"}, example: "rediss://redis.example:6379", topics: true},
	"rocketmq":  {formats: everyFormat, schemes: []string{"rocketmq", "rocketmqs"}, example: "rocketmqs://rocketmq.example:8081", topics: true},
	kindSearch: {
		formats: []string{formatEvents}, example: "meilisearch+https://search.example/products", topics: true, index: true,
		schemes: []string{"algolia", "meilisearch+https", "meilisearch+http", "typesense+https", "typesense+http"},
	},
}

var (
	everyFormat = []string{formatEvents, formatBinary, formatPlain}
	web         = []string{"https", "http"}
)

// badTopic returns why the kind cannot have this topic, "" when it can.
func (k *sinkKind) badTopic(topic string) string {
	switch {
	case topic == "":
		return ""
	case !k.topics:
		return "is for kinds that have topics: this one has a target alone"
	case !visible(topic, catalog.MaxSinkTopic):
		return "must be 1 to " + itoa(catalog.MaxSinkTopic) + " visible ASCII characters"
	}
	return ""
}

// badTarget returns why the kind cannot deliver to a target, "" when it can.
func (k *sinkKind) badTarget(target string) string {
	switch {
	case target == "":
		return "must be given"
	case len(target) > catalog.MaxSinkTarget:
		return "is too long: at most " + itoa(catalog.MaxSinkTarget) + " bytes"
	case k.schemes == nil:
		if why := badID(target, maxFileName, false); why != "" {
			return why
		}
		if strings.Contains(target, `\`) || strings.HasPrefix(target, ".") {
			return `must be the name of a file, without \ and without a dot in front`
		}
		return ""
	}
	u, err := url.Parse(target)
	switch {
	case err != nil || u.Hostname() == "" || !slices.Contains(k.schemes, u.Scheme) || !visible(target, catalog.MaxSinkTarget):
		return "must be a URL such as " + k.example
	case u.User != nil:
		return "must not have a user or a password in it: that is what secret is for"
	case u.Fragment != "":
		return "must not have a # in it: nobody is sent what stands behind"
	}
	return ""
}

// maxFileName is how many bytes the name of a sink's file may have. Rotated files add a
// suffix to it.
const maxFileName = 200

// The secrets of a webhook, as Standard Webhooks writes them.
const (
	hmacSecret    = "whsec_"
	ed25519Secret = "whsk_"

	ed25519Bytes = 64
	madeBytes    = 32

	// maxSecret is how many bytes the secret of another kind may have.
	maxSecret = 1024
)

// badSecret returns why the kind cannot have this secret, "" when it can.
func (k *sinkKind) badSecret(secret string) string {
	switch {
	case k.signs:
		return badSigningSecret(secret)
	case secret == "":
		return ""
	case k.schemes == nil:
		return "is not for files"
	case !visible(secret, maxSecret):
		return "must be 1 to " + itoa(maxSecret) + " visible ASCII characters"
	}
	return ""
}

// badSigningSecret returns why a webhook cannot be signed with a secret, "" when it can.
func badSigningSecret(secret string) string {
	text, private := strings.CutPrefix(secret, ed25519Secret)
	if !private {
		var shared bool
		if text, shared = strings.CutPrefix(secret, hmacSecret); !shared {
			return "must be whsec_ and Base64, or whsk_ and Base64; left out, one is made"
		}
	}
	key, err := base64.StdEncoding.DecodeString(text)
	switch {
	case err != nil:
		return "is no Base64 behind its prefix"
	case private && len(key) != ed25519Bytes:
		return "must have an ed25519 private key of 64 bytes behind whsk_"
	case !private && (len(key) < 24 || len(key) > 64):
		return "must have 24 to 64 bytes behind whsec_"
	}
	return ""
}

// makeSecret makes a secret of a webhook.
func makeSecret() (string, error) {
	var key [madeBytes]byte
	if _, err := rand.Read(key[:]); err != nil {
		return "", err
	}
	return hmacSecret + base64.StdEncoding.EncodeToString(key[:]), nil
}
