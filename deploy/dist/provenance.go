package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A statement of in-toto with the provenance of SLSA 1.0, as much of them as is
// used. It says nothing of the time or the machine of the build, which change no
// byte. It is not signed: whoever hands the files out signs it.
type (
	statement struct {
		Type          string     `json:"_type"`
		Subject       []resource `json:"subject"`
		PredicateType string     `json:"predicateType"`
		Predicate     provenance `json:"predicate"`
	}
	resource struct {
		Name   string            `json:"name,omitempty"`
		URI    string            `json:"uri,omitempty"`
		Digest map[string]string `json:"digest,omitempty"`
	}
	provenance struct {
		BuildDefinition buildDefinition `json:"buildDefinition"`
		RunDetails      runDetails      `json:"runDetails"`
	}
	buildDefinition struct {
		BuildType            string            `json:"buildType"`
		ExternalParameters   map[string]string `json:"externalParameters"`
		InternalParameters   map[string]string `json:"internalParameters"`
		ResolvedDependencies []resource        `json:"resolvedDependencies"`
	}
	runDetails struct {
		Builder resourceID `json:"builder"`
	}
	resourceID struct {
		ID string `json:"id"`
	}
)

// locks are the files that name each package the build takes from elsewhere, by
// its digest.
var locks = []string{"go.sum", "tools/nfpm/go.sum", "console/package-lock.json", "clients/typescript/package-lock.json"}

// provenance says what was made from which commit with which toolchain, and
// returns the name of the file.
func (j *job) provenance(ctx context.Context, made []string) (string, error) {
	toolchain, err := exec.CommandContext(ctx, "go", "env", "GOVERSION").Output()
	if err != nil {
		return "", fmt.Errorf("go env: %w", err)
	}
	s := statement{
		Type: "https://in-toto.io/Statement/v1", PredicateType: "https://slsa.dev/provenance/v1",
		Predicate: provenance{
			BuildDefinition: buildDefinition{
				BuildType:          "https://holdfast.dev/make-dist/v1",
				ExternalParameters: map[string]string{"version": j.version, "command": "make dist"},
				InternalParameters: map[string]string{"go": strings.TrimSpace(string(toolchain)), "sourceDateEpoch": fmt.Sprint(j.time.Unix())},
				ResolvedDependencies: []resource{
					{Name: "sources", URI: "pkg:golang/holdfast.dev/holdfast@" + j.version, Digest: map[string]string{"gitCommit": j.commit}},
				},
			},
			RunDetails: runDetails{Builder: resourceID{"https://holdfast.dev/deploy/dist"}},
		},
	}
	definition := &s.Predicate.BuildDefinition
	for _, name := range locks {
		if r, err := resourceOf(filepath.Join(j.source, filepath.FromSlash(name)), name); err == nil {
			definition.ResolvedDependencies = append(definition.ResolvedDependencies, r)
		} else {
			return "", err
		}
	}
	for _, name := range made {
		r, err := resourceOf(filepath.Join(j.out, name), name)
		if err != nil {
			return "", err
		}
		s.Subject = append(s.Subject, r)
	}
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return "", err
	}
	return j.write(fmt.Sprintf("%s_%s_provenance.intoto.json", j.name, j.fileVersion()), append(b, '\n'))
}

func resourceOf(path, name string) (resource, error) {
	b, err := os.ReadFile(path)
	return resource{Name: name, Digest: map[string]string{"sha256": fmt.Sprintf("%x", sha256.Sum256(b))}}, err
}
