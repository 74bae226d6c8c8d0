"""Hashes and seeds depend on content and names, nothing else."""

import hashlib

from common.core.hashing import code_sha256, item_key, sha256_file, sha256_folder, sha256_value
from common.core.seeds import derive_seed, rng_for


def test_the_hash_of_a_file_is_its_sha256(tmp_path):
    (tmp_path / "a").write_bytes(b"x" * 3_000_000)
    assert sha256_file(tmp_path / "a") == hashlib.sha256(b"x" * 3_000_000).hexdigest()


def test_the_hash_of_a_folder_sees_names_and_contents_but_no_byte_code(tmp_path):
    (tmp_path / "a").write_text("1")
    first = sha256_folder(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_text("2")
    assert sha256_folder(tmp_path) == first
    (tmp_path / "a").rename(tmp_path / "b")
    assert sha256_folder(tmp_path) != first


def test_the_hash_of_a_value_does_not_see_the_order_of_keys():
    assert sha256_value({"a": 1, "b": 2}) == sha256_value({"b": 2, "a": 1})


def test_an_item_key_changes_with_each_of_its_parts():
    keys = {
        item_key(*parts) for parts in [("s", "c", 1), ("t", "c", 1), ("s", "d", 1), ("s", "c", 2)]
    }
    assert len(keys) == 4


def test_code_is_hashed_by_package_or_module():
    assert code_sha256("common.core") != code_sha256("common.core.errors")


def test_seeds_depend_on_the_names_alone():
    assert derive_seed(1, "augment", 3) == derive_seed(1, "augment", 3)
    assert derive_seed(1, "augment", 3) != derive_seed(1, "augment", 4)
    assert rng_for(1, "a").random() == rng_for(1, "a").random()
