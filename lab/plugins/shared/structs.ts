/** Property values to and from protobuf's Struct, with the signatures that Pulumi's protocol gives to special values. */
import type { Struct, Value } from "google-protobuf/google/protobuf/struct_pb.js";
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import { Archive, Asset, isMap, type PropertyMap, type PropertyValue, Secret, Unknown, unknown } from "./values.ts";

// Pulumi SDK, sdk/go/common/resource/{sig/sig.go,plugin/rpc.go}: fixed by the protocol.
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";
const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";
const resourceSignature = "5cf8f73096256a8f31e491e813e4eb8e";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** Unknown values of other types have texts of their own. */
const unknownTexts = new Set([
    unknownText,
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

export function fromStruct(struct: Struct | undefined): PropertyMap {
    const map: PropertyMap = {};
    struct?.getFieldsMap().forEach((value, key) => {
        map[key] = fromValue(value);
    });
    return map;
}

function fromValue(value: Value): PropertyValue {
    switch (value.getKindCase()) {
        case structs.Value.KindCase.BOOL_VALUE:
            return value.getBoolValue();
        case structs.Value.KindCase.NUMBER_VALUE:
            return value.getNumberValue();
        case structs.Value.KindCase.STRING_VALUE:
            return unknownTexts.has(value.getStringValue()) ? unknown : value.getStringValue();
        case structs.Value.KindCase.LIST_VALUE:
            return (value.getListValue()?.getValuesList() ?? []).map(fromValue);
        case structs.Value.KindCase.STRUCT_VALUE:
            return fromSpecial(fromStruct(value.getStructValue()));
        default:
            return null;
    }
}

function fromSpecial(map: PropertyMap): PropertyValue {
    const hash = typeof map.hash === "string" ? map.hash : undefined;
    switch (map[signatureKey]) {
        case undefined:
            return map;
        case secretSignature:
            return new Secret(map.value ?? null);
        case assetSignature:
            return new Asset(pick(map, ["text", "path", "uri"]) as { text?: string }, hash);
        case archiveSignature:
            return new Archive(pick(map, ["assets", "path", "uri"]) as { path?: string }, hash);
        case resourceSignature:
            return map.id === undefined || map.id === "" ? (map.urn ?? null) : map.id;
        case outputSignature: {
            const inner = map.value === undefined ? unknown : map.value;
            return map.secret === true ? new Secret(inner) : inner;
        }
        default:
            return map;
    }
}

/** The first of the fields that holds something: the engine sends the others as empty texts. */
function pick(map: PropertyMap, keys: string[]): PropertyMap {
    const key = keys.find((name) => map[name] !== undefined && map[name] !== "") ?? keys[0];
    return key === undefined ? {} : { [key]: map[key] ?? "" };
}

export function toStruct(map: PropertyMap): Struct {
    const struct = new structs.Struct();
    const fields = struct.getFieldsMap();
    for (const [key, item] of Object.entries(map)) if (item !== undefined) fields.set(key, toValue(item));
    return struct;
}

function toValue(value: PropertyValue): Value {
    const message = new structs.Value();
    if (value === null || value === undefined) return message.setNullValue(structs.NullValue.NULL_VALUE);
    if (typeof value === "boolean") return message.setBoolValue(value);
    if (typeof value === "number") return message.setNumberValue(value);
    if (typeof value === "string") return message.setStringValue(value);
    if (Array.isArray(value)) return message.setListValue(new structs.ListValue().setValuesList(value.map(toValue)));
    if (isMap(value)) return message.setStructValue(toStruct(value));
    if (value instanceof Unknown) return message.setStringValue(unknownText);
    if (value instanceof Secret) {
        return message.setStructValue(toStruct({ [signatureKey]: secretSignature, value: value.value }));
    }
    const signature = value instanceof Asset ? assetSignature : archiveSignature;
    const hash: PropertyMap = value.hash === undefined ? {} : { hash: value.hash };
    return message.setStructValue(toStruct({ [signatureKey]: signature, ...hash, ...value.source }));
}
