package outside

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
)

// The kinds of sinks that have names in code, and the formats of events.
const (
	kindFile    = "file"
	KindHTTP    = "http"
	kindSearch  = "search"
	KindWebhook = "webhook"

	FormatEvents = "cloudevents"
	formatBinary = "cloudevents-binary"
	formatPlain  = "plain"
)

// Kind is what sinks of a kind accept. A relay knows how to deliver to it.
type Kind struct {
	Formats []string
	schemes []string // of the target's URL; nil: the target is the name of a file
	example string   // of a target
	topics  bool     // it has topics
	signs   bool     // its secret signs a webhook
	Index   bool     // it keeps a state, and can be rebuilt
}

// Kinds are the kinds of sinks.
var Kinds = map[string]*Kind{
	kindFile:    {Formats: []string{FormatEvents, formatPlain}},
	KindHTTP:    {Formats: everyFormat, schemes: web, example: "https://shop.example/hook"},
	KindWebhook: {Formats: []string{FormatEvents}, schemes: web, example: "https://shop.example/hook", signs: true},
	"kafka":     {Formats: everyFormat, schemes: []string{"kafka", "kafkas"}, example: "kafkas://kafka.example:9092", topics: true},
	"nats":      {Formats: everyFormat, schemes: []string{"nats", "tls"}, example: "tls://nats.example:4222", topics: true},
	"rabbitmq":  {Formats: everyFormat, schemes: []string{"amqp", "amqps"}, example: "amqps://rabbitmq.example:5671", topics: true},
	"redis":     {Formats: everyFormat, schemes: []string{"redis", "rediss"}, example: "rediss://redis.example:6379", topics: true},
	"rocketmq":  {Formats: everyFormat, schemes: []string{"rocketmq", "rocketmqs"}, example: "rocketmqs://rocketmq.example:8081", topics: true},
	kindSearch: {
		Formats: []string{FormatEvents}, example: "meilisearch+https://search.example/products", topics: true, Index: true,
		schemes: []string{"algolia", "meilisearch+https", "meilisearch+http", "typesense+https", "typesense+http"},
	},
}

var (
	everyFormat = []string{FormatEvents, formatBinary, formatPlain}
	web         = []string{"https", "http"}
)

// BadTopic returns why the kind cannot have this topic, "" when it can.
func (k *Kind) BadTopic(topic string) string {
	switch {
	case topic == "":
		return ""
	case !k.topics:
		return "is for kinds that have topics: this one has a target alone"
	case !kit.Visible(topic, catalog.MaxSinkTopic):
		return "must be 1 to " + kit.Itoa(catalog.MaxSinkTopic) + " visible ASCII characters"
	}
	return ""
}

// BadTarget returns why the kind cannot deliver to a target, "" when it can.
func (k *Kind) BadTarget(target string) string {
	switch {
	case target == "":
		return "must be given"
	case len(target) > catalog.MaxSinkTarget:
		return "is too long: at most " + kit.Itoa(catalog.MaxSinkTarget) + " bytes"
	case k.schemes == nil:
		if why := kit.BadID(target, maxFileName, false); why != "" {
			return why
		}
		if strings.Contains(target, `\`) || strings.HasPrefix(target, ".") {
			return `must be the name of a file, without \ and without a dot in front`
		}
		return ""
	}
	u, err := url.Parse(target)
	switch {
	case err != nil || u.Hostname() == "" || !slices.Contains(k.schemes, u.Scheme) || !kit.Visible(target, catalog.MaxSinkTarget):
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
	ed25519Public = "whpk_"

	madeBytes = 32

	// maxSecret is how many bytes the secret of another kind may have.
	maxSecret = 1024
)

// BadSecret returns why the kind cannot have this secret, "" when it can.
func (k *Kind) BadSecret(secret string) string {
	switch {
	case k.signs:
		return BadSigningSecret(secret)
	case secret == "":
		return ""
	case k.schemes == nil:
		return "is not for files"
	case !kit.Visible(secret, maxSecret):
		return "must be 1 to " + kit.Itoa(maxSecret) + " visible ASCII characters"
	}
	return ""
}

// BadSigningSecret returns why a webhook cannot be signed with a secret, "" when it can.
func BadSigningSecret(secret string) string {
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
	case private && len(key) != ed25519.SeedSize && len(key) != ed25519.PrivateKeySize:
		return "must have an ed25519 key behind whsk_: its seed of 32 bytes, or seed and public key, 64 bytes"
	case private && len(key) == ed25519.PrivateKeySize && !bytes.Equal(key, ed25519.NewKeyFromSeed(key[:ed25519.SeedSize])):
		return "must have the public key that belongs to the seed in the last 32 of 64 bytes; the seed alone is enough"
	case !private && (len(key) < 24 || len(key) > 64):
		return "must have 24 to 64 bytes behind whsec_"
	}
	return ""
}

// PublicKey is the public key of a secret that has one, as Standard Webhooks writes it, "" of every other.
func PublicKey(secret string) string {
	text, private := strings.CutPrefix(secret, ed25519Secret)
	key, err := base64.StdEncoding.DecodeString(text)
	if !private || err != nil || len(key) < ed25519.SeedSize {
		return ""
	}
	seed := ed25519.NewKeyFromSeed(key[:ed25519.SeedSize])
	return ed25519Public + base64.StdEncoding.EncodeToString(seed[ed25519.SeedSize:])
}

// MakeSecret makes a secret of a webhook.
func MakeSecret() (string, error) {
	var key [madeBytes]byte
	if _, err := rand.Read(key[:]); err != nil {
		return "", err
	}
	return hmacSecret + base64.StdEncoding.EncodeToString(key[:]), nil
}
