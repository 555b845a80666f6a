package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFilesOfCampaignsAreRead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"all of it", `{"campaign_id":"flash","name":"Flash","rule":{"priority":1},"items":[{"product_id":"a"},{"product_id":"b"}]}`, ""},
		{"no items", `{"campaign_id":"flash"}`, ""},
		{"which campaign is not said", `{"name":"Flash"}`, "campaign_id is missing"},
		{"a word that there is not", `{"campaign_id":"flash","quota":1}`, `unknown field "quota"`},
		{"two campaigns", `{"campaign_id":"a"} {"campaign_id":"b"}`, "there is more behind the campaign"},
		{"no JSON", `flash`, "invalid character"},
	} {
		file := filepath.Join(t.TempDir(), "campaign.json")
		if err := os.WriteFile(file, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, c := range []campaignsConfig{{askConfig{args: []string{file}}}, {askConfig{args: []string{"-"}, in: strings.NewReader(test.text)}}} {
			f, err := c.read()
			if test.want == "" && (err != nil || f.ID != "flash") || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%s: %+v, %v", test.name, f, err)
			}
		}
	}
}
