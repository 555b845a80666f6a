// Command dashboard writes deploy/grafana/holdfast.json: the dashboard is made
// by a program, so that its panels look alike and a change of a metric's name
// is one line. "go run ./deploy/dashboard" in the top folder makes it again.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	text, err := render()
	if err == nil {
		err = os.WriteFile("deploy/grafana/holdfast.json", text, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "dashboard:", err)
		os.Exit(1)
	}
}

// render returns the dashboard as Grafana imports it.
func render() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(board(rows))
	return b.Bytes(), err
}
