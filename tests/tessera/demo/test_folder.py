import pytest

from tessera import local
from tessera.demo.folder import claim


def test_a_new_folder_is_private(tmp_path):
    folder = claim(tmp_path / "demo", keep=False)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_fresh_start_wipes_the_last_demo(tmp_path):
    (claim(tmp_path / "demo", keep=False) / "old").touch()
    assert not (claim(tmp_path / "demo", keep=False) / "old").exists()


def test_keep_keeps(tmp_path):
    (claim(tmp_path / "demo", keep=False) / "old").touch()
    assert (claim(tmp_path / "demo", keep=True) / "old").exists()


@pytest.mark.parametrize("keep", [True, False])
def test_a_folder_of_somebody_else_is_refused(tmp_path, keep):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ValueError, match="not a demo's folder"):
        claim(tmp_path, keep=keep)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_link_is_not_followed(tmp_path):
    real = claim(tmp_path / "demo", keep=False)
    (tmp_path / "link").symlink_to(real)
    with pytest.raises(ValueError, match="not a demo's folder"):
        claim(tmp_path / "link", keep=False)


def test_a_running_demo_is_not_wiped(tmp_path):
    folder = claim(tmp_path / "demo", keep=False)
    (folder / "pgdata").mkdir()
    with local.locked(folder), pytest.raises(local.FolderInUse):
        claim(folder, keep=False)
    assert (folder / "pgdata").exists()


def test_what_a_link_points_to_is_not_wiped(tmp_path):
    (tmp_path / "photos").mkdir()
    (claim(tmp_path / "demo", keep=False) / "link").symlink_to(tmp_path / "photos")
    assert [path.name for path in claim(tmp_path / "demo", keep=False).glob("link")] == []
    assert (tmp_path / "photos").exists()
