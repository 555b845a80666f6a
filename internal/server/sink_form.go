package server

import (
	"crypto/rand"
	"encoding/base64"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
)

// The kinds of sinks that there are, and the formats of events.
const (
	kindFile    = "file"
	kindHTTP    = "http"
	kindWebhook = "webhook"

	formatEvents = "cloudevents"
	formatBinary = "cloudevents-binary"
	formatPlain  = "plain"
)

// sinkFormats are the formats that each kind has.
var sinkFormats = map[string][]string{
	kindFile:    {formatEvents, formatPlain},
	kindHTTP:    {formatEvents, formatBinary, formatPlain},
	kindWebhook: {formatEvents},
}

const (
	usualBatch = 100
	maxSecret  = 1024
)

// sinkForm checks the form of a sink, and returns it without its secrets.
func sinkForm(f *form, r *holdfastv1.SetSinkRequest) catalog.Sink {
	f.id("name", r.GetName(), catalog.MaxSinkName)
	s := catalog.Sink{
		Kind: r.GetKind(), Target: r.GetTarget(), Topic: r.GetTopic(), Format: r.GetFormat(), Batch: usualBatch,
		Filter: catalog.SinkFilter{
			Types: r.GetFilter().GetTypes(), Products: r.GetFilter().GetProductIds(),
			Locations: r.GetFilter().GetLocationIds(), Channels: r.GetFilter().GetChannelIds(),
		},
	}
	formats, known := sinkFormats[s.Kind]
	if !known {
		f.refuse("kind", mustBe(s.Kind, slices.Sorted(maps.Keys(sinkFormats))))
		formats = sinkFormats[kindHTTP] // all of them
	}
	if s.Format == "" {
		s.Format = formatEvents
	}
	f.oneOf("format", s.Format, formats...)
	if s.Topic != "" {
		f.refuse("topic", "is for kinds that have topics; a sink of kind "+s.Kind+" has a target alone")
	}
	if why := badTarget(s.Kind, s.Target); why != "" {
		f.refuse("target", why)
	}
	for i, name := range s.Filter.Types {
		if _, ok := eventTypes[name]; !ok {
			f.refuse("filter.types["+itoa(i)+"]", mustBe(name, slices.Sorted(maps.Keys(eventTypes))))
		}
	}
	if b := r.GetBatch(); b != nil {
		if b.Max != nil {
			f.within("batch.max", int64(b.GetMax()), 1, catalog.MaxSinkBatch)
			s.Batch = int(b.GetMax())
		}
		f.within("batch.linger_ms", int64(b.GetLingerMs()), 0, int64(time.Duration(catalog.MaxSinkLinger)/time.Millisecond))
		s.Linger = catalog.Period(time.Duration(b.GetLingerMs()) * time.Millisecond)
	}
	if r.Secret != nil {
		if why := badSecret(s.Kind, r.GetSecret()); why != "" {
			f.refuse("secret", why)
		}
	}
	return s
}

// badTarget says why a kind cannot deliver to a target, "" when it can.
func badTarget(kind, target string) string {
	switch {
	case target == "":
		return "must be given"
	case len(target) > catalog.MaxSinkTarget:
		return "is too long: at most " + itoa(catalog.MaxSinkTarget) + " bytes"
	case kind == kindFile:
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
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" || !visible(target, catalog.MaxSinkTarget):
		return "must be a URL such as https://shop.example/hook"
	case u.User != nil:
		return "must not have a user or a password in it: that is what secret is for"
	case u.Fragment != "":
		return "must not have a # in it: nobody is sent what stands behind"
	}
	return ""
}

// maxFileName is how many bytes the name of a sink's file may have: behind it comes
// what a file is called that was rotated.
const maxFileName = 200

// The secrets of a webhook, as Standard Webhooks writes them.
const (
	hmacSecret    = "whsec_"
	ed25519Secret = "whsk_"

	ed25519Bytes = 64
	madeBytes    = 32
)

// badSecret says why a kind has no such secret, "" when it may have.
func badSecret(kind, secret string) string {
	switch kind {
	case kindFile:
		if secret != "" {
			return "is for http and webhook"
		}
	case kindHTTP:
		if secret != "" && !visible(secret, maxSecret) {
			return "must be 1 to " + itoa(maxSecret) + " visible ASCII characters"
		}
	case kindWebhook:
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
