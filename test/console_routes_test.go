package test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Each route of the console's router is the address of a page that is looked at.
func TestEveryRouteOfTheConsoleHasAPage(t *testing.T) {
	t.Parallel()
	router, err := os.ReadFile("../console/src/app/router.tsx")
	if err != nil {
		t.Fatal(err)
	}
	paths := regexp.MustCompile(`\bpath: "([^"]+)"`).FindAllSubmatch(router, -1)
	if made := strings.Count(string(router), "createRoute({"); made == 0 || len(paths) != made {
		t.Fatalf("%d paths of %d routes were found", len(paths), made)
	}
	seen := map[string]string{} // a page by its route
	for _, p := range consolePages(shopIDs{transfer: "t", oneCase: "c", alert: "a"}) {
		path, _, _ := strings.Cut(p.path, "?")
		best := ""
		for _, of := range paths {
			// Of two routes that match, the one with fewer parameters is taken.
			if route := string(of[1]); isOf(path, route) && (best == "" || strings.Count(route, "$") < strings.Count(best, "$")) {
				best = route
			}
		}
		if best == "" {
			t.Errorf("%s: the router has no route for %s", p.name, p.path)
		}
		seen[best] = p.name
	}
	for _, of := range paths {
		if route := string(of[1]); seen[route] == "" {
			t.Errorf("the route %s has no page: write one into consolePages", route)
		}
	}
}

// isOf reports whether a path is of the route, in which $ begins a parameter.
func isOf(path, route string) bool {
	wanted, given := strings.Split(route, "/"), strings.Split(path, "/")
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
