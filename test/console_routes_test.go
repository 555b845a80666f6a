package test

import (
	"encoding/json"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// consoleRoute is a route of the console's router, and the folder of its page.
type consoleRoute struct{ path, folder string }

func consoleRoutes(t *testing.T) (all []consoleRoute) {
	t.Helper()
	router, err := os.ReadFile("../console/src/app/router.tsx")
	if err != nil {
		t.Fatal(err)
	}
	route := regexp.MustCompile(`(?s)createRoute\(\{.*?\bpath: "([^"]+)".*?import\("\.\./pages/(\w+)/`)
	for _, of := range route.FindAllSubmatch(router, -1) {
		all = append(all, consoleRoute{string(of[1]), string(of[2])})
	}
	if made := strings.Count(string(router), "createRoute({"); made == 0 || len(all) != made {
		t.Fatalf("%d paths of %d routes were found", len(all), made)
	}
	return all
}

// consolePages are all pages of the console, for a shop that has one of each: those that are listed,
// and one for each other route that has no parameter. Such a page shows what it is for.
func consolePages(t *testing.T, of shopIDs) []consolePage {
	t.Helper()
	pages := listedPages(of)
	for _, r := range consoleRoutes(t) {
		if strings.Contains(r.path, "$") || slices.ContainsFunc(pages, func(p consolePage) bool { return r.isOf(p) }) {
			continue
		}
		purpose := func(language string) string {
			var texts struct{ Purpose string }
			text, err := os.ReadFile(path.Join("../console/src/pages", r.folder, "texts."+language+".json"))
			if err == nil {
				err = json.Unmarshal(text, &texts)
			}
			if err != nil || texts.Purpose == "" {
				t.Fatalf("the page of the route %s has no text named purpose, and is not in listedPages: %v", r.path, err)
			}
			return texts.Purpose
		}
		pages = append(pages, consolePage{name: strings.Trim(r.path, "/"), path: r.path, en: purpose("en"), zh: purpose("zh")})
	}
	return pages
}

// Each route of the console's router is the address of a page that is looked at.
func TestEveryRouteOfTheConsoleHasAPage(t *testing.T) {
	t.Parallel()
	routes := consoleRoutes(t)
	seen := map[string]string{} // a page by its route
	for _, p := range consolePages(t, shopIDs{transfer: "t", oneCase: "c", alert: "a"}) {
		best := ""
		for _, r := range routes {
			// Of two routes that match, the one with fewer parameters is taken.
			if r.isOf(p) && (best == "" || strings.Count(r.path, "$") < strings.Count(best, "$")) {
				best = r.path
			}
		}
		if best == "" {
			t.Errorf("%s: the router has no route for %s", p.name, p.path)
		}
		seen[best] = p.name
	}
	for _, r := range routes {
		if seen[r.path] == "" {
			t.Errorf("the route %s has no page: write one into listedPages", r.path)
		}
	}
}

// isOf reports whether the page's path is of the route, in which $ begins a parameter.
func (r consoleRoute) isOf(p consolePage) bool {
	at, _, _ := strings.Cut(p.path, "?")
	wanted, given := strings.Split(r.path, "/"), strings.Split(at, "/")
	if len(wanted) != len(given) {
		return false
	}
	for i, part := range wanted {
		if parameter := strings.HasPrefix(part, "$"); parameter && given[i] == "" || !parameter && part != given[i] {
			return false
		}
	}
	return true
}
