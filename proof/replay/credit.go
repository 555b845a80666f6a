package replay

// credits are, in Linked mode, the units of each SKU that each customer was granted and has not
// returned.
type credits map[ownership]int64

type ownership struct{ customer, sku int32 }

// unitsBack is how many units a cancel returns. Without a known customer it is
// nothing.
func (c credits) unitsBack(task *Task) int64 {
	if task.Customer < 0 {
		return 0
	}
	return min(task.Qty, c[ownership{task.Customer, task.SKU}])
}

// book records a sale's granted or a cancel's returned units.
func (c credits) book(task *Task, units int64) {
	if task.Customer < 0 || units == 0 || task.Kind == Adjust {
		return
	}
	key := ownership{task.Customer, task.SKU}
	if task.Kind == Cancel {
		units = -units
	}
	if c[key] += units; c[key] == 0 {
		delete(c, key)
	}
}
