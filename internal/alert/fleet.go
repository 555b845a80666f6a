package alert

import (
	"cmp"
	"context"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
)

// seeDisks looks how much room the disks of the servers have.
func (d *Desk) seeDisks(ctx context.Context, o *observation) error {
	return d.seeWorst(ctx, o, func(n *catalog.Node, see func(subject, ...float64)) {
		if f := &n.Facts; f.DiskAll > 0 {
			see(ofNode(n), float64(f.DiskFree)/float64(f.DiskAll), float64(f.DiskFree))
		}
	}, func(is, was float64) bool { return is < was })
}

// seeCertificates looks for how long the certificates of the servers are good.
func (d *Desk) seeCertificates(ctx context.Context, o *observation) error {
	return d.seeWorst(ctx, o, func(n *catalog.Node, see func(subject, ...float64)) {
		if ends := n.Facts.CertificateEnds; !ends.IsZero() {
			see(ofNode(n), ends.Sub(o.at).Hours()/24)
		}
	}, func(is, was float64) bool { return is < was })
}

// seeReplicas looks how far replicas are behind. If several servers report one replica, the
// longest lag counts.
func (d *Desk) seeReplicas(ctx context.Context, o *observation) error {
	return d.seeWorst(ctx, o, func(n *catalog.Node, see func(subject, ...float64)) {
		for _, r := range n.Facts.Replicas {
			if r.Behind >= 0 {
				see(subject{other: r.Name}, time.Duration(r.Behind).Seconds(), float64(max(r.Records, 0)))
			}
		}
	}, func(is, was float64) bool { return is > was })
}

// ofNode is a server as people know it: by its address, or its machine. Its id changes with
// each start.
func ofNode(n *catalog.Node) subject { return subject{other: cmp.Or(n.Address, n.Facts.Host, n.ID)} }

// seeWorst stores the reports of the servers. For each subject it keeps the worse
// value.
func (d *Desk) seeWorst(ctx context.Context, o *observation, of func(*catalog.Node, func(subject, ...float64)), worse func(is, was float64) bool) error {
	nodes, err := d.rooms.Nodes(ctx)
	if err != nil {
		return err
	}
	worst, order := map[subject][]float64{}, []subject(nil)
	for i := range nodes {
		of(&nodes[i], func(s subject, numbers ...float64) {
			was, known := worst[s]
			if !known {
				order = append(order, s)
			}
			if !known || worse(numbers[0], was[0]) {
				worst[s] = numbers
			}
		})
	}
	for _, s := range order {
		o.see(s, worst[s]...)
	}
	return nil
}
