package dbtest

import "errors"

// KillPostmaster kills the first process of the primary server. Patroni sees it
// and starts the server again, or lets a standby take over.
func (p *Patroni) KillPostmaster() {
	p.tb.Helper()
	process, err := p.leader().postmaster()
	p.must(err)
	p.must(process.Kill())
}

// KillPatroni kills the Patroni of the primary; the server runs on. It returns
// the node's number, for StartAgain.
func (p *Patroni) KillPatroni() int {
	p.tb.Helper()
	n := p.leader()
	p.must(n.kill())
	return n.number
}

// KillBoth kills the primary server and its Patroni, as a machine that loses its
// power does. It returns the node's number, for StartAgain.
func (p *Patroni) KillBoth() int {
	p.tb.Helper()
	n := p.leader()
	p.must(n.killBoth())
	return n.number
}

// StartAgain starts the Patroni of a node.
func (p *Patroni) StartAgain(number int) {
	p.tb.Helper()
	p.must(p.nodes[number-1].start())
}

// PausePrimary stops the primary server and its Patroni where they are, as a
// machine that hangs does, until Resume. It returns the node's number.
func (p *Patroni) PausePrimary() int {
	p.tb.Helper()
	n := p.leader()
	p.must(errors.Join(pauseIn(n.folder), pauseIn(n.data)))
	return n.number
}

// PauseStandbys does the same to all the others. They still have what was sent
// to them before, including what is in the buffers of their connections.
func (p *Patroni) PauseStandbys() {
	p.tb.Helper()
	leader := p.leader()
	for _, n := range p.nodes {
		if n != leader {
			p.must(errors.Join(pauseIn(n.folder), pauseIn(n.data)))
		}
	}
}

// Resume resumes everything that was paused.
func (p *Patroni) Resume() {
	p.tb.Helper()
	for _, n := range p.nodes {
		p.must(errors.Join(resumeIn(n.data), resumeIn(n.folder)))
	}
}

// KillEtcd kills etcd. A primary that cannot keep its key steps down.
func (p *Patroni) KillEtcd() {
	p.tb.Helper()
	p.must(p.etcd.kill())
}

// StartEtcd starts etcd again.
func (p *Patroni) StartEtcd() {
	p.tb.Helper()
	p.must(p.etcd.start())
}

// KillAll kills all nodes and etcd; haproxy stays.
func (p *Patroni) KillAll() {
	p.tb.Helper()
	for _, n := range p.nodes {
		p.must(n.killBoth())
	}
	p.KillEtcd()
}

// StartAll starts etcd and every node that does not run.
func (p *Patroni) StartAll() {
	p.tb.Helper()
	if !p.etcd.running() {
		p.StartEtcd()
	}
	for _, n := range p.nodes {
		if !n.running() {
			p.must(n.start())
		}
	}
}

// FailOverWithout promotes a standby that lacks what the primary stores during
// writes: the standbys are killed before and started when the primary has been
// killed. Only Async stores anything meanwhile. It returns when a standby is the
// primary, with the number of the old one, for StartAgain.
func (p *Patroni) FailOverWithout(writes func()) int {
	p.tb.Helper()
	leader := p.leader()
	var standbys []*patroniNode
	for _, n := range p.nodes {
		if n != leader {
			p.must(n.killBoth())
			standbys = append(standbys, n)
		}
	}
	writes()
	p.must(leader.killBoth())
	for _, n := range standbys {
		p.must(n.start())
	}
	p.leader()
	return leader.number
}
