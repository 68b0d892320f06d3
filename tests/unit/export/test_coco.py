from pycocotools.coco import COCO
def test_x(make_dataset):
    root = make_dataset()
    c = COCO(str(root/'annotations/instances.json'))
    print(c.anns)
