package main

import (
	"bytes"
	"encoding/json"
	"time"
)

// CycloneDX 1.6, as much of it as is used. The list is made from what the
// linker wrote into the binary, and what Vite wrote of the console's pages that
// are embedded in it, so it is what is in it and nothing else.
type (
	bom struct {
		Format     string      `json:"bomFormat"`
		Spec       string      `json:"specVersion"`
		Version    int         `json:"version"`
		Metadata   metadata    `json:"metadata"`
		Components []component `json:"components"`
	}
	metadata struct {
		Timestamp string     `json:"timestamp"`
		Component component  `json:"component"`
		Property  []property `json:"properties"`
	}
	component struct {
		Type     string     `json:"type"`
		Ref      string     `json:"bom-ref"`
		Name     string     `json:"name"`
		Version  string     `json:"version"`
		PURL     string     `json:"purl"`
		Hashes   []hash     `json:"hashes,omitempty"`
		Licences []licence  `json:"licenses"`
		Property []property `json:"properties,omitempty"`
	}
	hash struct {
		Alg     string `json:"alg"`
		Content string `json:"content"` // hex
	}
	licence struct {
		Expression string `json:"expression"`
	}
	property struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
)

// cycloneDX describes one binary.
func cycloneDX(j *job, goos, arch string, modules []module, packs []pack) ([]byte, error) {
	own := module{path: "holdfast.dev/holdfast", version: j.version, licence: "Apache-2.0"}.component("application")
	own.Name = j.name
	list := bom{
		Format: "CycloneDX", Spec: "1.6", Version: 1,
		Metadata: metadata{
			Timestamp: j.time.UTC().Format(time.RFC3339), Component: own,
			Property: []property{{"go:os", goos}, {"go:arch", arch}},
		},
	}
	for _, m := range modules {
		list.Components = append(list.Components, m.component("library"))
	}
	for _, p := range packs {
		list.Components = append(list.Components, p.component())
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(list)
	return b.Bytes(), err
}

func (m module) component(kind string) component {
	purl := "pkg:golang/" + m.path + "@" + m.version
	c := component{Type: kind, Ref: purl, Name: m.path, Version: m.version, PURL: purl, Licences: []licence{{m.licence}}}
	if m.sum != "" {
		c.Property = []property{{"go:sum", m.sum}}
	}
	return c
}
