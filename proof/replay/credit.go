package replay

// credits are, in Linked mode, the units each customer was granted of each SKU
// and has not given back.
type credits map[ownership]int64

type ownership struct{ customer, sku int32 }

// back says how many units a cancel gives back. Without a known customer it is
// nothing.
func (c credits) back(task *Task) int64 {
	if task.Customer < 0 {
		return 0
	}
	return min(task.Qty, c[ownership{task.Customer, task.SKU}])
}

// book remembers a sale's granted or a cancel's returned units.
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
