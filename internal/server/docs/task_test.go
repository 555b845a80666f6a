package docs_test

import (
	"regexp"
	"strings"
	"testing"

	"holdfast.dev/holdfast"
	"holdfast.dev/holdfast/api"
	"holdfast.dev/holdfast/internal/server/docs"
)

var taskHeading = regexp.MustCompile(`(?m)^<h2 id="([a-z-]+)">([^<]*)</h2>\n<ul>`)

// The reference is cut into tasks, which the list of pages names, and each call is in one of them.
func TestEachCallHasOneTask(t *testing.T) {
	t.Parallel()
	page := body(t, site(t, holdfast.Documents), docs.Root+"api")
	tasks := taskHeading.FindAllStringSubmatchIndex(page, -1)
	if len(tasks) < 14 {
		t.Fatalf("%d tasks", len(tasks))
	}
	of := map[string]string{}
	for i, at := range tasks {
		end := strings.Index(page, `<h2 id="objects">`)
		if i+1 < len(tasks) {
			end = tasks[i+1][0]
		}
		id := page[at[2]:at[3]]
		if !strings.Contains(page, `<li><a href="#`+id+`" lang="en">`+page[at[4]:at[5]]+`</a></li>`) {
			t.Errorf("the list of pages lacks the task %s", id)
		}
		calls := regexp.MustCompile(`<section class="call" id="([^"]*)">`).FindAllStringSubmatch(page[at[0]:end], -1)
		if len(calls) == 0 {
			t.Errorf("the task %s has no call", id)
		}
		for _, c := range calls {
			if before := of[c[1]]; before != "" {
				t.Errorf("%s is in %s and in %s", c[1], before, id)
			}
			of[c[1]] = id
		}
	}
	for call, task := range map[string]string{"Restock": "keep-stock", "Reserve": "promise-and-sell", "ChangeOrderV1": "orders", "SetKit": "kits", "WatchStock": "events-and-sinks"} {
		if of[call] != task {
			t.Errorf("%s is in %q, not in %s", call, of[call], task)
		}
	}
}

// A call without a task is an error of the site, which says what to do.
func TestACallWithoutATaskIsAnError(t *testing.T) {
	t.Parallel()
	strange := strings.Replace(string(api.OpenAPI), "      tags:\n        - Kit\n", "      tags:\n        - Balloon\n", 1)
	s, err := docs.New(holdfast.Documents, []byte(strange))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(); err == nil || !strings.Contains(err.Error(), `"Balloon"`) {
		t.Errorf("got %v", err)
	}
}
