import time
from synthvision.inspect.validate import validate_dataset
def test_x(make_dataset):
    root = make_dataset(8)
    t=time.time()
    for f in validate_dataset(root): print(f)
    print(time.time()-t)
    assert 0
