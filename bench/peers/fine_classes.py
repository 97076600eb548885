"""superclass.csv with a column fine, for docs/results.md: superclass and class where 5 or more training molecules have it, else
"other <superclass>"; molecules of the superclasses with 50 or more. python fine_classes.py superclass.csv fine.csv"""
import csv, collections, sys
rows = list(csv.DictReader(open(sys.argv[1])))
size = collections.Counter(r["superclass"] for r in rows)
rows = [r for r in rows if size[r["superclass"]] >= 50]
pair = lambda r: (r["superclass"], r["class"])
count = collections.Counter(pair(r) for r in rows if r["scaffold_split"] == "train")
for r in rows:
    r["fine"] = " / ".join(pair(r)) if r["class"] and count[pair(r)] >= 5 else "other " + r["superclass"]
print(len(set(r["fine"] for r in rows)), file=sys.stderr)
w = csv.DictWriter(open(sys.argv[2], "w"), ["smiles", "superclass", "fine", "scaffold_split"], extrasaction="ignore")
w.writeheader(); w.writerows(rows)
