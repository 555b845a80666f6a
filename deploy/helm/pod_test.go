package helm

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func containers(made []object) (all []object) {
	for _, pod := range pods(made) {
		for _, c := range asList(at(pod, "spec", "containers")) {
			all = append(all, c.(object))
		}
	}
	return all
}

func TestNamesThatAreReferredToAreThere(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, set values, made []object) {
		there := map[string]bool{}
		for _, o := range made {
			there[o["kind"].(string)+" "+nameOf(o)] = true
		}
		if name, is := set["existingSecret"]; is {
			there[fmt.Sprint("Secret ", name)] = true
		}
		for _, c := range containers(made) {
			for _, from := range asList(c["envFrom"]) {
				for kind, ref := range from.(object) {
					kind = map[string]string{"secretRef": "Secret", "configMapRef": "ConfigMap"}[kind]
					if name := fmt.Sprint(kind, " ", at(ref, "name")); !there[name] {
						t.Errorf("%s is not there", name)
					}
				}
			}
		}
		deployment := of(made, "Deployment")[0]
		pod := at(deployment, "spec", "template")
		ports := map[any]bool{}
		for _, p := range asList(at(pod, "spec", "containers", 0, "ports")) {
			ports[at(p, "name")] = true
		}
		for _, probe := range []string{"startupProbe", "livenessProbe", "readinessProbe"} {
			if p := at(pod, "spec", "containers", 0, probe, "httpGet", "port"); !ports[p] {
				t.Errorf("%s goes to port %v", probe, p)
			}
		}
		for _, s := range of(made, "Service") {
			wantSelected(t, s, at(s, "spec", "selector"), pods(made))
			for _, p := range asList(at(s, "spec", "ports")) {
				if target := at(p, "targetPort"); !ports[target] {
					t.Errorf("the service %s goes to port %v", nameOf(s), target)
				}
			}
		}
		wantSelected(t, deployment, at(deployment, "spec", "selector", "matchLabels"), pods(made))
		for _, budget := range of(made, "PodDisruptionBudget") {
			wantSelected(t, budget, at(budget, "spec", "selector", "matchLabels"), pods(made))
		}
		for _, scaler := range of(made, "HorizontalPodAutoscaler") {
			if at(scaler, "spec", "scaleTargetRef", "name") != nameOf(deployment) || at(deployment, "spec", "replicas") != nil {
				t.Error("the autoscaler and the deployment do not fit")
			}
		}
		mounts := map[any]bool{}
		for _, m := range asList(at(pod, "spec", "containers", 0, "volumeMounts")) {
			mounts[at(m, "name")] = true
		}
		for _, v := range asList(at(pod, "spec", "volumes")) {
			if !mounts[at(v, "name")] {
				t.Errorf("the volume %v is nowhere", at(v, "name"))
			}
			delete(mounts, at(v, "name"))
		}
		if len(mounts) > 0 {
			t.Errorf("there are no volumes %v", mounts)
		}
	})
}

// wantSelected wants the selector to find the nodes and not the migration.
func wantSelected(t *testing.T, o object, selector any, pods map[string]any) {
	t.Helper()
	for kind, pod := range pods {
		labels := asObject(at(pod, "metadata", "labels"))
		finds := len(asObject(selector)) > 0
		for name, v := range asObject(selector) {
			finds = finds && labels[name] == v
		}
		if finds != (kind == "Deployment") {
			t.Errorf("%s %s finds the pods of the %s: %v", o["kind"], nameOf(o), kind, finds)
		}
	}
}

// The image's user and nothing more, as deploy/Dockerfile says.
func TestPodsMayDoNothing(t *testing.T) {
	t.Parallel()
	dockerfile, err := os.ReadFile(filepath.Join("..", "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, _ values, made []object) {
		for kind, pod := range pods(made) {
			s := at(pod, "spec", "securityContext")
			user := fmt.Sprintf("USER %v:%v\n", at(s, "runAsUser"), at(s, "runAsGroup"))
			if at(s, "runAsNonRoot") != true || !strings.Contains(string(dockerfile), user) {
				t.Errorf("the pods of the %s run as %s", kind, user)
			}
			if at(pod, "spec", "automountServiceAccountToken") != false || at(pod, "spec", "enableServiceLinks") != false {
				t.Errorf("the pods of the %s are given more than they need", kind)
			}
		}
		for _, c := range containers(made) {
			s := at(c, "securityContext")
			if at(s, "readOnlyRootFilesystem") != true || at(s, "allowPrivilegeEscalation") != false ||
				!reflect.DeepEqual(at(s, "capabilities", "drop"), []any{"ALL"}) || c["resources"] == nil {
				t.Errorf("the container %v may do too much: %v", c["name"], s)
			}
		}
	})
}

// A node has its 10 s after the time in which load balancers notice.
func TestANodeIsGivenTheTimeItsStopTakes(t *testing.T) {
	t.Parallel()
	made, err := render(t, values{"db": "postgres://db/stock", "drainSeconds": 9})
	if err != nil {
		t.Fatal(err)
	}
	pod := at(of(made, "Deployment")[0], "spec", "template", "spec")
	wait, whole := at(pod, "containers", 0, "lifecycle", "preStop", "sleep", "seconds"), at(pod, "terminationGracePeriodSeconds")
	if wait != 9 || whole.(int) < 9+15 {
		t.Errorf("%v s to drain, %v s in all", wait, whole)
	}
}

// A change of a setting, or of a credential, starts the nodes anew.
func TestNodesFollowTheirSettings(t *testing.T) {
	t.Parallel()
	sums := map[string]bool{}
	for _, set := range []values{
		{"db": "postgres://db/stock"},
		{"db": "postgres://other/stock"},
		{"db": "postgres://db/stock", "settings": values{"HOLDFAST_PUBLIC_RATE": 7}},
	} {
		made, err := render(t, set)
		if err != nil {
			t.Fatal(err)
		}
		sums[fmt.Sprint(at(of(made, "Deployment")[0], "spec", "template", "metadata", "annotations"))] = true
	}
	if len(sums) != 3 {
		t.Errorf("three settings make %d kinds of pods", len(sums))
	}
}
