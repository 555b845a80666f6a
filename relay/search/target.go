package search

import (
	"fmt"
	"net/url"
	"strings"

	"holdfast.dev/holdfast/relay"
)

// indexAddress is the address of an index, from the target of a sink.
type indexAddress struct {
	engine string   // algolia, meilisearch, typesense
	app    string   // of Algolia
	hosts  []string // base URLs, tried in order
	index  string
	key    string // the field that names a document
	create bool   // the index is the sink's own: missing documents are made
	lean   bool   // documents do not list locations
}

// Engines that a target may name.
const (
	algolia     = "algolia"
	meilisearch = "meilisearch"
	typesense   = "typesense"
)

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// readPlace reads the target of a sink.
func readPlace(t relay.Target) (indexAddress, error) {
	u, err := url.Parse(t.URL)
	if err != nil {
		return indexAddress{}, fmt.Errorf("target: %w", err)
	}
	if u.Host == "" || u.User != nil {
		return indexAddress{}, fmt.Errorf("target %q: write algolia://APPID/INDEX, meilisearch+https://HOST/INDEX or typesense+https://HOST/COLLECTION", u.Redacted())
	}
	p := indexAddress{index: t.Topic, key: "id"}
	if p.index == "" {
		p.index = strings.Trim(u.Path, "/")
	}
	if p.index == "" || strings.Contains(p.index, "/") {
		return indexAddress{}, fmt.Errorf("target %q: name one index behind the host, or as the topic", t.URL)
	}
	engine, scheme, _ := strings.Cut(u.Scheme, "+")
	switch {
	case u.Scheme == algolia:
		p.engine, p.app, p.key = algolia, u.Host, "objectID"
		if strings.Trim(p.app, letters) != "" {
			return indexAddress{}, fmt.Errorf("target %q: the id of an application has letters and digits", t.URL)
		}
	case (engine == meilisearch || engine == typesense) && (scheme == "https" || scheme == "http"):
		p.engine, p.hosts = engine, []string{scheme + "://" + u.Host}
	default:
		return indexAddress{}, fmt.Errorf("target %q: the engine must be algolia, meilisearch+https or typesense+https", t.URL)
	}
	return p, p.options(u.Query())
}

// options reads the part after the question mark.
func (p *indexAddress) options(query url.Values) error {
	for name, values := range query {
		value := values[len(values)-1]
		switch {
		case name == "create" && (value == "true" || value == "false"):
			p.create = value == "true"
		case name == "locations" && (value == "true" || value == "false"):
			p.lean = value == "false"
		case name == "key" && p.engine == meilisearch && value != "":
			p.key = value
		case name == "host" && p.engine == algolia:
			for _, host := range values {
				base, err := url.Parse(host)
				if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" {
					return fmt.Errorf("target: host %q must be a URL such as https://search.example", host)
				}
				p.hosts = append(p.hosts, strings.TrimSuffix(host, "/"))
			}
		default:
			return fmt.Errorf("target: %s=%s is not known to %s", name, value, p.engine)
		}
	}
	return nil
}
