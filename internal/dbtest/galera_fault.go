package dbtest

import (
	"os"
	"path/filepath"
	"strings"
)

// Kill kills the node.
func (g *Galera) Kill(number int) {
	g.tb.Helper()
	g.must(g.node(number).kill())
}

// StartAgain starts a node that was killed. WaitHealthy waits for it.
func (g *Galera) StartAgain(number int) {
	g.tb.Helper()
	g.must(g.node(number).begin(g.nodes))
}

// Pause stops the node where it is.
func (g *Galera) Pause(number int) {
	g.tb.Helper()
	g.must(pauseIn(g.node(number).folder))
}

// Resume continues a paused node. The others may have excluded it meanwhile.
func (g *Galera) Resume(number int) {
	g.tb.Helper()
	g.must(resumeIn(g.node(number).folder))
}

// Isolate cuts the node off from the others; clients still reach it.
func (g *Galera) Isolate(number int) { g.isolate(number, "1") }

// Heal ends Isolate.
func (g *Galera) Heal(number int) { g.isolate(number, "0") }

func (g *Galera) isolate(number int, on string) {
	g.tb.Helper()
	g.must(run(g.node(number).admin(), "SET GLOBAL wsrep_provider_options = 'gmcast.isolate="+on+"'"))
}

// KillAll kills all nodes, one right after the other.
func (g *Galera) KillAll() {
	g.tb.Helper()
	for _, n := range g.nodes {
		g.must(n.kill())
	}
}

// StartAll starts the nodes after KillAll: the one with the newest write first, as
// a group that the others join. WaitHealthy waits for them.
func (g *Galera) StartAll() {
	g.tb.Helper()
	first, most := g.nodes[0], int64(-2)
	for _, n := range g.nodes {
		last, err := n.newest(g.nodes)
		g.must(err)
		if last > most {
			first, most = n, last
		}
		// The group begins anew, without regard to its earlier members.
		if err := os.Remove(filepath.Join(n.folder, "gvwstate.dat")); !os.IsNotExist(err) {
			g.must(err)
		}
	}
	g.must(first.bless())
	g.must(first.start(g.nodes, alone))
	for _, n := range g.nodes {
		if n != first {
			g.StartAgain(n.number)
		}
	}
}

// bless lets a node that was killed begin a group.
func (n *galeraNode) bless() error {
	file := filepath.Join(n.folder, "grastate.dat")
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(strings.Replace(string(text), "safe_to_bootstrap: 0", "safe_to_bootstrap: 1", 1)), 0o600)
}
